namespace Itra.Tracking.Comparison;

/// <summary>A value over seeds.</summary>
/// <param name="Deviation">Standard deviation of the sample (n - 1); null with a single run.</param>
public sealed record Statistic(double Mean, double? Deviation, int Runs)
{
    /// <returns>Null of no values.</returns>
    public static Statistic? Of(IReadOnlyList<double> values)
    {
        if (values.Count == 0) return null;
        var mean = values.Average();
        return new Statistic(mean, values.Count == 1 ? null : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1)), values.Count);
    }
}
