namespace Itra.Cli.Output;

/// <summary>A curve in one line of text.</summary>
internal static class Sparkline
{
    private const string Bars = "▁▂▃▄▅▆▇█";

    /// <param name="width">Most characters to use; longer series are averaged in stretches.</param>
    public static string Of(IReadOnlyList<double> values, int width)
    {
        var means = Means([.. values.Where(double.IsFinite)], width);
        if (means.Count == 0) return "";
        return On([.. means.Select(m => (double?)m)], means.Min(), means.Max());
    }

    /// <summary>One character per point on a scale that other curves may share; a blank where there is no value.</summary>
    public static string On(IReadOnlyList<double?> points, double low, double high) =>
        new([.. points.Select(p => p is not { } value ? ' ' : Bars[high > low ? (int)Math.Min(7, 8 * (value - low) / (high - low)) : 3])]);

    /// <summary>Means over equal stretches; the values themselves if there are no more than <paramref name="points"/>.</summary>
    public static IReadOnlyList<double> Means(double[] values, int points)
    {
        var count = Math.Min(points, values.Length);
        return [.. Enumerable.Range(0, count).Select(i => values[(int)((long)i * values.Length / count)..(int)((i + 1L) * values.Length / count)].Average())];
    }
}
