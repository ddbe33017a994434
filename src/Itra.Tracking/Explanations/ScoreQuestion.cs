using Itra.Domain;
using Itra.Domain.Training;

namespace Itra.Tracking.Explanations;

/// <summary>Which score of a run is meant.</summary>
/// <param name="Metric">Its name, in any case, or how it ends; null for mean recall, or the first score there is.</param>
/// <param name="Epoch">Null for the one with the best score, as on a leaderboard.</param>
/// <param name="Dataset">Name of the set, or at least 8 characters of its digest; null for any.</param>
public sealed record ScoreQuestion(string? Metric = null, int? Epoch = null, string? Dataset = null)
{
    private const int Listed = 8;

    /// <summary>The score that is meant. What a resumption has superseded is left out.</summary>
    /// <exception cref="UserErrorException">The run has no such score.</exception>
    internal (string Metric, Measurement Measurement) Choose(string runId, IReadOnlyList<Measurement> measurements)
    {
        if (measurements.All(m => m.Superseded)) throw new UserErrorException($"{runId} has no scores yet: it was never evaluated");
        var standing = measurements.Where(m => !m.Superseded).ToList();
        var metric = Name(runId, standing);
        var having = standing.Where(m => m.Scores.ContainsKey(metric)).ToList();
        // What mixed weights score elsewhere is in question only if that set is named.
        if (Dataset is null && having.Where(m => m.Alpha is null).SelectMany(m => m.Datasets).ToList() is [_, ..] own) having.RemoveAll(m => !m.Datasets.Any(own.Contains));
        Measurement[] meant = [.. having.Where(m => (Epoch ?? m.Epoch) == m.Epoch && (Dataset is null || m.Datasets.Any(IsMeant)))];
        // Of equal scores the earliest, as on a leaderboard.
        return meant.OrderByDescending(m => m.Scores[metric]).ThenBy(m => m.Epoch).FirstOrDefault() is { } best ? (metric, best) : throw Missing(runId, metric, having);
    }

    private string Name(string runId, List<Measurement> standing)
    {
        List<string> known = [.. standing.SelectMany(m => m.Scores.Keys).Distinct()];
        if (Metric is null) return known.Contains(RetrievalScores.MeanRecallMetric) ? RetrievalScores.MeanRecallMetric : standing[0].Scores.Keys.MinBy(k => k.Length)!;
        List<string> fitting = [.. known.Where(k => k.Equals(Metric, StringComparison.OrdinalIgnoreCase))];
        if (fitting is []) fitting = [.. known.Where(k => k.EndsWith(Metric, StringComparison.OrdinalIgnoreCase))];
        if (fitting is [var one]) return one;
        var (what, choice) = fitting is [] ? ("no score", known) : ("several scores", fitting);
        throw new UserErrorException($"{runId} has {what} '{Metric}': {string.Join(", ", choice.Take(Listed))}{(choice.Count > Listed ? ", ..." : "")}; name one of them");
    }

    private bool IsMeant(MeasuredSet set) => set.Name == Dataset || (Dataset!.Length >= 8 && set.Digest.StartsWith(Dataset, StringComparison.Ordinal));

    private UserErrorException Missing(string runId, string metric, List<Measurement> having) => new(
        $"{runId} has no {metric}{(Epoch is null ? "" : $" after epoch {Epoch}")}{(Dataset is null ? "" : $" on {Dataset}")}: there is one "
        + string.Join(", ", having.GroupBy(m => string.Join(" + ", m.Datasets.Select(d => d.Name))).Select(g => $"on {g.Key} after epoch {Epochs(g)}")));

    private static string Epochs(IEnumerable<Measurement> measured)
    {
        int[] epochs = [.. measured.Select(m => m.Epoch).Distinct().Order()];
        return epochs.Length <= Listed ? string.Join(", ", epochs) : $"{string.Join(", ", epochs.Take(Listed - 1))} ... {epochs[^1]}";
    }
}
