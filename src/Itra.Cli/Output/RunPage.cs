using Itra.Domain.Runs;
using Spectre.Console;

namespace Itra.Cli.Output;

/// <summary>A <see cref="RunReport"/> for people, and as lines for a pipe.</summary>
internal static class RunPage
{
    private const int CurveWidth = 40;

    public static void Write(RunReport report, Answer answer)
    {
        var facts = Facts(report);
        if (!answer.IsForPeople)
        {
            answer.Rows(facts, "", [new("what", f => f.What), new("value", f => f.Value)]);
            return;
        }
        var grid = new Grid().AddColumn(new GridColumn { NoWrap = true }).AddColumn();
        foreach (var fact in facts) grid.AddRow(new Text(fact.What.Replace('_', ' '), new Style(decoration: Decoration.Bold)), new Text(fact.Value));
        answer.Write(grid);
        if (report.Curves.Count > 0) answer.Rows(report.Curves, "", Curves);
        if (report.Evaluations.Count > 0) answer.Rows(report.Evaluations, "", Evaluations);
        if (report.Classifications.Count > 0) answer.Rows(report.Classifications, "", Classifications);
    }

    private sealed record Fact(string What, string Value);

    private static List<Fact> Facts(RunReport report)
    {
        var run = report.Run;
        List<Fact> facts =
        [
            new("id", run.Id), new("name", run.Name), new("experiment", run.Experiment),
            new("status", run.Status.ToString().ToLowerInvariant() + (run.FailureReason is { } reason ? $": {reason}" : "")),
            new("trainer", run.Trainer), new("started_at", Form.Moment(run.StartedAt)), new("took", Form.Duration(run.EndedAt - run.StartedAt)),
            new("epoch", $"{run.Epoch}{(run.EpochsPlanned is { } planned ? $" of {planned}" : "")}"),
            new("last_loss", Form.Loss(run.LastLoss)), new("best_mean_recall", Form.Percent(run.BestMeanRecall) + (run.BestEpoch is { } epoch ? $" at epoch {epoch}" : "")),
        ];
        if (report.Model is { } m)
            facts.Add(new("model", $"{Form.Models(m.ImageModel, m.TextModel)} from {m.WeightsSource}: {Form.Count(m.Total.Trainable)} of {Form.Count(m.Total.Total)} parameters trained"));
        facts.AddRange(report.Datasets.Select(d => new Fact($"{d.Role}_data", $"{d.Dataset.Name}: {Form.Count(d.Dataset.Items)} items, {Form.Count(d.Dataset.Captions)} captions, sha256 {d.Dataset.Digest[..12]}")));
        facts.AddRange(report.Checkpoints.Select(c => new Fact("checkpoint", $"{c.FileName} after epoch {c.Epoch}, {Form.Bytes(c.Artifact.Bytes)}, sha256 {c.Artifact.Sha256[..12]}")));
        if (report.Provenance is { } p)
        {
            facts.Add(new("command", string.Join(' ', p.CommandLine)));
            facts.Add(new("from", $"{p.User}@{p.Host}:{p.WorkingDirectory}" + (p.Commit is { } commit ? $", commit {commit[..12]}{(p.Dirty ? " with changes" : "")}" : "")));
            facts.Add(new("on", $"{p.Device}, {p.Threads} threads, {p.Runtime}, Itra {p.ItraVersion}"));
        }
        if (run.LogFile is { } log) facts.Add(new("log", log));
        return [.. facts.Where(f => f.Value.Length > 0)];
    }

    private static readonly IReadOnlyList<Column<CurveOutline>> Curves =
    [
        new("metric", c => c.Name), new("curve", c => Sparkline.Of(c.Values, CurveWidth)),
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
