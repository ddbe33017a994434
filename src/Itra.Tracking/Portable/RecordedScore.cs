using Itra.Domain.Runs;

namespace Itra.Tracking.Portable;

/// <summary>One number that an evaluation gave.</summary>
/// <param name="DatasetDigest">Of a mixture that was scored on several sets, those of all.</param>
internal sealed record RecordedScore(int Epoch, string Dataset, string DatasetDigest, string Weights, string Metric, double Value)
{
    /// <summary>None if the event is no evaluation.</summary>
    public static IEnumerable<RecordedScore> Of(RunEvent e) => e switch
    {
        RetrievalEvaluated r => r.Scores.ByMetric().Select(s => new RecordedScore(r.Epoch, r.Dataset, r.DatasetDigest, r.Weights, s.Key, s.Value)),
        ClassificationEvaluated c => c.Scores.Select(s => new RecordedScore(c.Epoch, c.Dataset, c.DatasetDigest, c.Weights, s.Key, s.Value)),
        WiseFtEvaluated w => w.Scores.Select(s => new RecordedScore(w.Epoch, Join(w, d => d.Key), Join(w, d => d.Value), $"wise-ft {w.Alpha:0.####}", s.Key, s.Value)),
        _ => [],
    };

    private static string Join(WiseFtEvaluated w, Func<KeyValuePair<string, string>, string> part) =>
        string.Join(',', w.Datasets.OrderBy(d => d.Key, StringComparer.Ordinal).Select(part));
}
