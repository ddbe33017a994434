using Itra.Domain.Runs;
using Itra.Tracking.Leaderboards;

namespace Itra.Tracking.Explanations;

/// <summary>A set that scores were measured on.</summary>
public sealed record MeasuredSet(string Name, string Digest);

/// <summary>One evaluation on one data set: the event that holds a score. One of mixed weights on several sets is as many.</summary>
/// <param name="Hash">Of the event in the chain; null if it has none.</param>
/// <param name="Method"><c>retrieval</c>, <c>zero-shot</c>, <c>linear</c>, <c>knn</c> or <c>wise-ft</c>.</param>
/// <param name="Weights"><c>raw</c>, <c>ema</c>, or a mixture such as <c>wise-ft-0.5</c>.</param>
/// <param name="Scores">In percent, by metric name.</param>
public sealed record Measurement(
    long Version, string Type, DateTimeOffset At, string? Hash, int Epoch, string Method, IReadOnlyList<MeasuredSet> Datasets, string Weights, IReadOnlyDictionary<string, double> Scores)
{
    public int? Images { get; init; }

    public int? Captions { get; init; }

    public int? Classes { get; init; }

    /// <summary>The share of the trained weights, in a mixture.</summary>
    public double? Alpha { get; init; }

    /// <summary>The run was resumed from before it: the score stays recorded, and no longer stands for the run.</summary>
    public bool Superseded { get; init; }

    public bool IsOn(string digest) => Datasets.Any(d => d.Digest == digest);

    /// <summary>All evaluations of a run, in the order of recording.</summary>
    public static IReadOnlyList<Measurement> Of(RunRecord record)
    {
        List<Measurement> found = [];
        foreach (var e in record.Events)
        {
            if (e.Event is RunResumed resumed) found = [.. found.Select(m => resumed.SupersedesEpoch(m.Epoch) ? m with { Superseded = true } : m)];
            else found.AddRange(Of(e));
        }
        return found;
    }

    private static IEnumerable<Measurement> Of(RecordedEvent e) => e.Event switch
    {
        RetrievalEvaluated r => [Placed(e, r.Epoch, "retrieval", [new(r.Dataset, r.DatasetDigest)], r.Weights, r.Scores.ByMetric()) with { Images = r.Images, Captions = r.Captions }],
        ClassificationEvaluated c => [Placed(e, c.Epoch, c.Method, [new(c.Dataset, c.DatasetDigest)], c.Weights, c.Scores) with { Images = c.Images, Classes = c.Classes }],
        WiseFtEvaluated w => MixtureScores.BySet(w).Select(set => Placed(e, w.Epoch, "wise-ft", Sets(set.Dataset, set.Digest), $"wise-ft-{w.Alpha:0.####}", set.Scores) with { Alpha = w.Alpha }),
        _ => [],
    };

    private static List<MeasuredSet> Sets(string names, string digests) => [.. names.Split(',').Zip(digests.Split(','), (name, digest) => new MeasuredSet(name, digest))];

    private static Measurement Placed(RecordedEvent e, int epoch, string method, IReadOnlyList<MeasuredSet> datasets, string weights, IReadOnlyDictionary<string, double> scores) =>
        new(e.Version, e.Type, e.Event.At, e.Hash, epoch, method, datasets, weights, scores);
}
