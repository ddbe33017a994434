using System.Globalization;
using Itra.Cli.Output;

namespace Itra.Cli.Sweeps;

/// <summary>The columns of a report: a row per trial for people, and a row per trial and metric for programs.</summary>
internal static class ReportColumns
{
    private const string Missing = "-";

    private static readonly Dictionary<string, string> Labels = ScoreColumns.All<int>(_ => new Dictionary<string, double>()).ToDictionary(c => c.Heading, c => c.Label);

    /// <summary>The metric that is compared.</summary>
    public static IReadOnlyList<Column<ReportRow>> Compared(SweepReport report) =>
    [
        new("trial", r => r.Trial),
        .. report.Rows.Any(r => r.Trainable != r.Total) ? Parameters : [],
        new("published", r => Value(r.Figures[0].Published), IsNumber: true),
        new("ours", r => Mean(r.Figures[0].Ours), IsNumber: true),
        new("difference", r => Signed(r.Figures[0].Difference), IsNumber: true),
        new("best", r => Best(r.Figures[0]), IsNumber: true),
        new("seeds", r => r.RunIds.Count == 0 ? Missing : Count(r.RunIds.Count), IsNumber: true),
    ];

    /// <summary>The other metrics, published and ours in one cell; no columns if there are none.</summary>
    public static IReadOnlyList<Column<ReportRow>> Others(SweepReport report) => report.Rows[0].Figures.Count == 1 ? [] :
    [
        new("trial", r => r.Trial),
        .. report.Rows[0].Figures.Skip(1).Select((figure, i) => new Column<ReportRow>(
            figure.Metric, r => $"{Value(r.Figures[i + 1].Published)} / {Value(r.Figures[i + 1].Ours?.Mean)}", IsNumber: true) { Label = Labels.GetValueOrDefault(figure.Metric, figure.Metric) }),
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
        new("trainable", r => r.Trainable is { } n ? (n / 1e6).ToString("F2", CultureInfo.InvariantCulture) + " M" : Missing, IsNumber: true),
        new("%", r => 100.0 * r.Trainable / r.Total is { } share ? share.ToString("F1", CultureInfo.InvariantCulture) : Missing, IsNumber: true),
    ];

    private static string Value(double? value) => value is null ? Missing : Form.Percent(value);

    private static string Mean(Statistic? s) => s switch
    {
        null => Missing,
        { Deviation: { } deviation } => $"{Form.Percent(s.Mean)} ± {Form.Percent(deviation)}",
        _ => Form.Percent(s.Mean),
    };

    private static string Best(Figure f) => f.Best is null ? Missing : Mean(f.Best) + (f.BestEpoch is { } epoch ? $" (epoch {epoch})" : "");

    private static string Signed(double? difference) => difference?.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture) ?? Missing;

    private static string Plain(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";

    private static string Count(int n) => n.ToString(CultureInfo.InvariantCulture);
}
