using Itra.Domain.Runs;
using Spectre.Console;

namespace Itra.Cli.Output;

/// <summary>A <see cref="RunReport"/> for people, and as lines for a pipe.</summary>
internal static class RunPage
{
    private const int CurveWidth = 40, ShortCurve = 20, Wide = 100;

    public static void Write(RunReport report, Answer answer)
    {
        var facts = RunFacts.Of(report);
        if (!answer.IsForPeople)
        {
            answer.Rows(facts, "", [new("what", f => f.What), new("value", f => f.Value)]);
            return;
        }
        var grid = new Grid().AddColumn(new GridColumn { NoWrap = true }).AddColumn();
        var last = "";
        foreach (var fact in facts)
        {
            grid.AddRow(new Text(fact.What == last ? "" : fact.What.Replace('_', ' '), new Style(decoration: Decoration.Bold)), new Text(fact.Value));
            last = fact.What;
        }
        answer.Write(grid);
        if (report.Curves.Count > 0) answer.Rows(report.Curves, "", Curves(answer.Width));
        if (report.Evaluations.Count > 0) answer.Rows(report.Evaluations, "", Evaluations);
        if (report.Classifications.Count > 0) answer.Rows(report.Classifications, "", Classifications);
    }

    private static IReadOnlyList<Column<CurveOutline>> Curves(int width) =>
    [
        new("metric", c => c.Name) { Shrinks = true }, new("curve", c => Sparkline.Of(c.Values, width < Wide ? ShortCurve : CurveWidth)),
        new("last", c => $"{c.Last:G4}", IsNumber: true), new("min", c => $"{c.Min:G4}", IsNumber: true), new("max", c => $"{c.Max:G4}", IsNumber: true),
    ];

    private static readonly IReadOnlyList<Column<RetrievalEvaluated>> Evaluations =
    [
        new("epoch", e => e.Epoch.ToString(), IsNumber: true), new("dataset", e => e.Dataset) { Shrinks = true }, new("weights", e => e.Weights),
        new("mean_recall", e => Form.Percent(e.Scores.MeanRecall), IsNumber: true),
        .. ScoreColumns.All<RetrievalEvaluated>(e => e.Scores.ByMetric()),
    ];

    private static readonly IReadOnlyList<Column<ClassificationEvaluated>> Classifications =
    [
        new("epoch", c => c.Epoch.ToString(), IsNumber: true), new("method", c => c.Method), new("dataset", c => c.Dataset) { Shrinks = true }, new("weights", c => c.Weights),
        new("images", c => Form.Count(c.Images), IsNumber: true), new("classes", c => Form.Count(c.Classes), IsNumber: true),
        // The stored form knows no order; the score itself has the shortest name of its kind.
        new("accuracy", c => Form.Percent(c.Scores.MinBy(s => s.Key.Length).Value), IsNumber: true),
    ];
}
