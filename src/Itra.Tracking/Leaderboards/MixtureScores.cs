using Itra.Domain.Runs;

namespace Itra.Tracking.Leaderboards;

/// <summary>
/// Parts the scores of a WiSE-FT evaluation, which covers several data sets at once, by the set each was measured on: the metric begins
/// with the set's name, or belongs to the one set that no metric names.
/// </summary>
internal static class MixtureScores
{
    public static IEnumerable<(string Dataset, string Digest, IReadOnlyDictionary<string, double> Scores)> BySet(WiseFtEvaluated e)
    {
        var placed = e.Scores.ToLookup(s => e.Datasets.Keys.Where(set => Rest(s.Key, set) is not null).MaxBy(set => set.Length));
        string[] unnamed = [.. e.Datasets.Keys.Where(set => !placed.Contains(set)).Order(StringComparer.Ordinal)];
        if (unnamed.Length == 0) unnamed = [.. e.Datasets.Keys.Order(StringComparer.Ordinal)];
        foreach (var set in placed)
        {
            if (set.Key is { } name)
                yield return (name, e.Datasets[name], set.ToDictionary(s => Rest(s.Key, name)!, s => s.Value));
            else
                yield return (string.Join(',', unnamed), string.Join(',', unnamed.Select(u => e.Datasets[u])), set.ToDictionary(s => s.Key, s => s.Value));
        }
    }

    /// <summary>The metric as a training's own evaluation calls it; null if it is not of this set.</summary>
    private static string? Rest(string metric, string set) =>
        metric.StartsWith(set + ": ", StringComparison.Ordinal) ? metric[(set.Length + 2)..] : metric.StartsWith(set + "-", StringComparison.Ordinal) ? metric : null;
}
