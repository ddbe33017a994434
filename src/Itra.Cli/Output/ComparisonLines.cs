using System.Globalization;
using Itra.Tracking.Comparison;

namespace Itra.Cli.Output;

/// <summary>One thing of every row of a comparison.</summary>
/// <param name="Section">What kind of thing: <c>result</c>, <c>score</c>, <c>settings</c>, <c>places</c>, a kind of circumstance, <c>stream</c>.</param>
/// <param name="Cells">One per row; of several runs, their different values.</param>
internal sealed record ComparisonLine(string Section, string What, IReadOnlyList<string> Cells);

/// <summary>A comparison line by line: what programs read in a pipe, and what the tables for people are made of.</summary>
internal static class ComparisonLines
{
    public const string Settings = "settings", Places = "places";

    private const string Absent = "-";

    public static IReadOnlyList<ComparisonLine> Of(RunComparison c) => [.. Results(c), .. Scores(c), .. Differences(c), .. Streams(c)];

    /// <summary>Settings, then circumstances, and last what cannot matter.</summary>
    public static IReadOnlyList<ComparisonLine> Differences(RunComparison c) =>
    [
        .. c.Settings.Select(s => new ComparisonLine(Settings, s.Setting, Cells(c, s.Values))),
        .. c.Circumstances.Select(o => new ComparisonLine(o.Kind, o.What, Cells(c, o.Values))),
        .. c.Places.Select(s => new ComparisonLine(Places, s.Setting, Cells(c, s.Values))),
    ];

    private static IEnumerable<ComparisonLine> Results(RunComparison c) =>
    [
        Line(c, "status", r => string.Join(", ", r.Statuses.Distinct().Select(s => s.ToString().ToLowerInvariant()))),
        Line(c, "epochs", r => string.Join(", ", r.Epochs.Distinct())),
        Line(c, "seeds", r => string.Join(", ", r.Seeds)),
        Line(c, "seconds", r => Number(r.Seconds?.Mean)), Line(c, "images_per_second", r => Number(r.ImagesPerSecond?.Mean)),
        Line(c, "trainable", r => r.Trainable?.ToString(CultureInfo.InvariantCulture) ?? ""),
    ];

    private static IEnumerable<ComparisonLine> Scores(RunComparison c) =>
        from table in c.Scores
        from column in table.Columns
        from kind in new[] { "last", "best", "deviation" }
        select new ComparisonLine("score", $"{column.Metric} {table.Dataset} {Digest.Short(table.DatasetDigest)} {kind}",
            [.. column.Cells.Select(s => Number(kind switch { "last" => s?.Last.Mean, "best" => s?.Best.Mean, _ => s?.Last.Deviation }))]);

    private static IEnumerable<ComparisonLine> Streams(RunComparison c) =>
        [new ComparisonLine("stream", $"against {c.RunIds[0]}", Cells(c, [null, .. c.Streams.Select(StreamWords.Of)]))];

    private static ComparisonLine Line(RunComparison c, string what, Func<ResultRow, string> cell) => new("result", what, [.. c.Rows.Select(cell)]);

    /// <summary>From one value per run to one cell per row.</summary>
    private static IReadOnlyList<string> Cells(RunComparison c, IReadOnlyList<string?> values)
    {
        var byRun = c.RunIds.Zip(values).ToDictionary(p => p.First, p => p.Second);
        return [.. c.Rows.Select(row => string.Join(", ", row.RunIds.Select(id => byRun[id] ?? Absent).Distinct()))];
    }

    private static string Number(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";
}
