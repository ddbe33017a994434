using Itra.Tracking.Leaderboards;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Leaderboards;

/// <summary>Runs with scores, made by hand.</summary>
internal static class Contenders
{
    public static ScoreRow Score(int epoch, double value, string dataset = "coco", string metric = "acc", string weights = "raw", long? version = null) =>
        new("", version ?? epoch, RecordedRuns.Noon.AddMinutes(epoch), epoch, dataset, "digest-of-" + dataset, weights, metric, value);

    public static Contender Run(string id, int minute, params ScoreRow[] scores) => Run(id, minute, seed: 1, kin: id, scores);

    public static Contender Run(string id, int minute, int seed, string kin, params ScoreRow[] scores) =>
        new(id, "name of " + id, "experiment", seed, RecordedRuns.Noon.AddMinutes(minute), kin, [.. scores.Select(s => s with { RunId = id })]);
}
