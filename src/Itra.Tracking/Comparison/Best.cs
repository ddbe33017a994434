namespace Itra.Tracking.Comparison;

/// <summary>Which values of a column stand out.</summary>
public static class Best
{
    /// <returns>Places of the highest value; none if fewer than two are there, or all are equal.</returns>
    public static IReadOnlyList<int> Of(IReadOnlyList<double?> values, bool lowest = false)
    {
        var there = values.Where(v => v is { } n && !double.IsNaN(n)).Select(v => v!.Value).ToList();
        if (there.Distinct().Count() < 2) return [];
        var best = lowest ? there.Min() : there.Max();
        return [.. Enumerable.Range(0, values.Count).Where(i => values[i] == best)];
    }
}
