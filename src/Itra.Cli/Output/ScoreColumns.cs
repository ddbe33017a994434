using Itra.Domain.Training;

namespace Itra.Cli.Output;

/// <summary>The six recalls as columns.</summary>
internal static class ScoreColumns
{
    private static readonly (string Metric, string Label)[] Recalls =
    [
        ("retrieval-image2text-R@1", "I2T R@1"), ("retrieval-image2text-R@5", "R@5"), ("retrieval-image2text-R@10", "R@10"),
        ("retrieval-text2image-R@1", "T2I R@1"), ("retrieval-text2image-R@5", "R@5"), ("retrieval-text2image-R@10", "R@10"),
    ];

    /// <summary>A metric's name where its data set is known.</summary>
    public static string Label(string metric, string dataset) => metric == RetrievalScores.MeanRecallMetric ? "mean"
        : Recalls.FirstOrDefault(r => r.Metric == metric).Label ?? (metric.StartsWith(dataset + "-", StringComparison.Ordinal) ? metric[(dataset.Length + 1)..] : metric);

    /// <summary>Where there is no room for all, the R@10 are left out first.</summary>
    /// <param name="scores">Values of a row by metric.</param>
    public static IEnumerable<Column<T>> All<T>(Func<T, IReadOnlyDictionary<string, double>> scores) => Recalls.Select(recall => new Column<T>(
        recall.Metric, row => scores(row).TryGetValue(recall.Metric, out var score) ? Form.Percent(score) : "", IsNumber: true)
    {
        Label = recall.Label, Yields = recall.Label switch { "R@10" => 6, "R@5" => 5, _ => 1 },
    });
}
