using System.Globalization;
using Itra.Cli.Output;
using Itra.Domain.Training;
using Itra.Tracking.Comparison;

namespace Itra.Cli.Sweeps;

/// <summary>The columns of a report: a row per trial for people, and a row per trial and metric for programs.</summary>
internal static class ReportColumns
{
    private const string Missing = "-";

    private static readonly Dictionary<string, string> Labels = ScoreColumns.All<int>(_ => new Dictionary<string, double>()).ToDictionary(c => c.Heading, c => c.Label);

    /// <summary>The metric that is compared.</summary>
    public static IReadOnlyList<Column<ReportRow>> Compared(SweepReport report) =>
    [
        new("trial", r => r.Trial) { Shrinks = true },
        .. report.Rows.Any(r => r.Trainable != r.Total) ? Parameters : [],
        new("published", r => Value(r.Figures[0].Published), IsNumber: true),
        new("ours", r => Mean(r.Figures[0].Ours), IsNumber: true),
        new("difference", r => Signed(r.Figures[0].Difference), IsNumber: true),
        new("best", r => Mean(r.Figures[0].Best), IsNumber: true),
        new("epoch", r => r.Figures[0].BestEpoch is { } epoch ? Count(epoch) : "", IsNumber: true),
        new("seeds", r => r.RunIds.Count == 0 ? Missing : Count(r.RunIds.Count), IsNumber: true),
    ];

    /// <summary>All metrics, where there are several: for each trial the guide's line, and ours below it.</summary>
    public static IReadOnlyList<Column<(ReportRow Row, bool Ours)>> Several(SweepReport report) =>
    [
        new("trial", l => l.Ours ? "" : l.Row.Trial) { Shrinks = true },
        new("by", l => l.Ours ? "Itra" : "guide"),
        .. report.Rows[0].Figures.Select((figure, i) => new Column<(ReportRow Row, bool Ours)>(
            figure.Metric, l => Value(l.Ours ? l.Row.Figures[i].Ours?.Mean : l.Row.Figures[i].Published), IsNumber: true) { Label = Label(figure.Metric) }),
    ];

    public static IReadOnlyList<Column<(ReportRow Row, Figure Figure)>> PerMetric { get; } =
    [
        new("trial", c => c.Row.Trial), new("metric", c => c.Figure.Metric), new("published", c => Plain(c.Figure.Published), IsNumber: true),
        new("ours", c => Plain(c.Figure.Ours?.Mean), IsNumber: true), new("deviation", c => Plain(c.Figure.Ours?.Deviation), IsNumber: true),
        new("difference", c => Plain(c.Figure.Difference), IsNumber: true), new("best", c => Plain(c.Figure.Best?.Mean), IsNumber: true),
        new("best_epoch", c => c.Figure.BestEpoch is { } epoch ? Count(epoch) : "", IsNumber: true), new("trainable", c => c.Row.Trainable is { } n ? n.ToString(CultureInfo.InvariantCulture) : "", IsNumber: true),
        new("seeds", c => Count(c.Row.RunIds.Count), IsNumber: true), new("runs", c => string.Join(' ', c.Row.RunIds)),
    ];

    private static IReadOnlyList<Column<ReportRow>> Parameters { get; } =
    [
        new("trainable", r => r.Trainable is { } n ? (n / 1e6).ToString("F2", CultureInfo.InvariantCulture) + "\u00a0M" : Missing, IsNumber: true),
        new("share", r => 100.0 * r.Trainable / r.Total is { } share ? share.ToString("F1", CultureInfo.InvariantCulture) : Missing, IsNumber: true) { Label = "%" },
    ];

    private static string Label(string metric) => metric == RetrievalScores.MeanRecallMetric ? "mean" : Labels.GetValueOrDefault(metric, metric);

    private static string Value(double? value) => value is null ? Missing : Form.Percent(value);

    private static string Mean(Statistic? s) => s switch
    {
        null => Missing,
        { Deviation: { } deviation } => $"{Form.Percent(s.Mean)}\u00a0±\u00a0{Form.Percent(deviation)}",
        _ => Form.Percent(s.Mean),
    };

    private static string Signed(double? difference) => difference?.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture) ?? Missing;

    private static string Plain(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";

    private static string Count(int n) => n.ToString(CultureInfo.InvariantCulture);
}
