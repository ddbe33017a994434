namespace Itra.Tracking.Leaderboards;

/// <summary>Ranks runs by the best evaluation of each.</summary>
public static class Ranking
{
    /// <summary>
    /// One row per run that has a score which counts. Of equal scores of a run, the earlier epoch; of equal runs, the one registered
    /// earlier comes first. Ranks count from 1, each once.
    /// </summary>
    public static IReadOnlyList<LeaderboardRow> Rank(IEnumerable<LeaderboardEntry> entries, LeaderboardDefinition definition)
    {
        var ranked =
            from entry in entries
            where definition.Counts(entry)
            let best = entry.Evaluations.Where(definition.Counts)
                .OrderBy(e => definition.Key(e.Scores[definition.Metric])).ThenBy(e => e.Epoch).FirstOrDefault()
            where best is not null
            orderby definition.Key(best.Scores[definition.Metric]), entry.RegisteredAt, entry.Id
            select (Entry: entry, Best: best);
        return [.. ranked.Select((r, i) => Row(i + 1, r.Entry, r.Best, definition.Metric))];
    }

    private static LeaderboardRow Row(int rank, LeaderboardEntry entry, Evaluation best, string metric) =>
        new(rank, entry.Id, entry.Name, entry.Experiment, best.Epoch, best.Dataset, best.DatasetDigest, best.Weights, metric, best.Scores[metric], best.Scores);
}
