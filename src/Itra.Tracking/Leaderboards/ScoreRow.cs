using Itra.Domain.Runs;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Leaderboards;

/// <summary>One score of one evaluation of a run.</summary>
/// <param name="Version">Of the event that recorded it, within the run.</param>
/// <param name="Dataset">Several, joined by commas, where one evaluation covered several.</param>
/// <param name="Weights">Which were evaluated: <c>raw</c>, <c>ema</c>, or <c>wise-ft</c> with its alpha.</param>
public sealed record ScoreRow(
    string RunId, long Version, DateTimeOffset At, int Epoch, string Dataset, string DatasetDigest, string Weights, string Metric, double Value)
{
    /// <summary>When the run went back to a checkpoint from before this evaluation; null if it still counts.</summary>
    public DateTimeOffset? SupersededAt { get; init; }

    /// <summary>Version of the event by which it did.</summary>
    public long? SupersededBy { get; init; }
}

/// <summary>The scores in events, as rows.</summary>
internal static class ScoreRows
{
    public static IEnumerable<ScoreRow> Of(string runId, long version, RunEvent e)
    {
        return e switch
        {
            RetrievalEvaluated r => Rows(r.Epoch, r.Dataset, r.DatasetDigest, r.Weights, r.Scores.ByMetric()),
            ClassificationEvaluated c => Rows(c.Epoch, c.Dataset, c.DatasetDigest, c.Weights, c.Scores),
            WiseFtEvaluated w => MixtureScores.BySet(w).SelectMany(set => Rows(w.Epoch, set.Dataset, set.Digest, $"wise-ft {w.Alpha:0.####}", set.Scores)),
            _ => [],
        };

        IEnumerable<ScoreRow> Rows(int epoch, string dataset, string digest, string weights, IReadOnlyDictionary<string, double> scores) =>
            scores.Select(s => new ScoreRow(
                runId, version, e.At, epoch, StorableText.Of(dataset), StorableText.Of(digest), StorableText.Of(weights), StorableText.Of(s.Key), s.Value));
    }

    /// <summary>All of a run's scores, given its events.</summary>
    public static IReadOnlyList<ScoreRow> Fold(string runId, IEnumerable<(long Version, RunEvent Event)> events)
    {
        List<ScoreRow> rows = [];
        foreach (var (version, e) in events)
        {
            rows.AddRange(Of(runId, version, e));
            if (e is not RunResumed back) continue;
            for (var i = 0; i < rows.Count; i++)
                if (rows[i].SupersededAt is null && back.SupersedesEpoch(rows[i].Epoch)) rows[i] = rows[i] with { SupersededAt = e.At, SupersededBy = version };
        }
        return rows;
    }
}
