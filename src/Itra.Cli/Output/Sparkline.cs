namespace Itra.Cli.Output;

/// <summary>A curve in one line of text.</summary>
internal static class Sparkline
{
    private const string Bars = "▁▂▃▄▅▆▇█";

    /// <param name="width">Most characters to use; longer series are averaged in stretches.</param>
    public static string Of(IReadOnlyList<double> values, int width)
    {
        var finite = values.Where(double.IsFinite).ToArray();
        if (finite.Length == 0) return "";
        var points = Math.Min(width, finite.Length);
        var means = Enumerable.Range(0, points).Select(i => finite[(i * finite.Length / points)..((i + 1) * finite.Length / points)].Average()).ToArray();
        var (low, high) = (means.Min(), means.Max());
        return new string([.. means.Select(m => Bars[high > low ? (int)Math.Min(7, 8 * (m - low) / (high - low)) : 3])]);
    }
}
