using Itra.Domain.Leaderboards;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Leaderboards;

/// <summary>Runs, and definitions to rank them by, of every kind there is: equal values, values that are no numbers, repeated and superseded evaluations.</summary>
internal sealed class RandomStore(Random random)
{
    private static readonly string[] Metrics = ["a", "b", "c"];
    private static readonly string[] Formulas =
        ["[a] + [b]", "[a] - 2 * [b]", "([a] + [b] + [c]) / 3", "[a] * [b]", "-[a] / 2", "1 / [b] + [a]", "[a] / [b]", "[a] - [a]", "2 * [a] * [b] / ([a] + [b])", "[a] + 0 * [c]"];

    public static readonly string Coco = new('c', 64);

    public static readonly DateTimeOffset Noon = RecordedRuns.Noon;

    public IEnumerable<(string RunId, IReadOnlyList<RunEvent> Events)> Runs(int count) => Enumerable.Range(0, count).Select(i => Run($"run-{i * 7919 % 10_007:D5}"));

    public LeaderboardDefinition Definition()
    {
        var formula = random.Next(2) == 0 ? Any(Formulas) : null;
        return new LeaderboardDefinition("random")
        {
            Metric = formula is null ? Any(Metrics) : null, Formula = formula, Dataset = Any(null, null, "coco", Coco[..10], "nowhere"), Direction = Any(Direction.HigherIsBetter, Direction.LowerIsBetter),
            Weights = Any(null, null, "raw", "ema"), Group = Any(Grouping.None, Grouping.Seeds),
            Choose = Any(EpochChoice.Best, EpochChoice.Last, new EpochChoice(ChoiceRule.BestBy, Any(Metrics), Any(null, "flickr"), Any(Direction.HigherIsBetter, Direction.LowerIsBetter))),
            Filters = new LeaderboardFilters(Any(null, null, "one"), Any(null, null, "clip")) { Settings = random.Next(4) == 0 ? new Dictionary<string, string> { ["lr"] = "1" } : [] },
        };
    }

    private (string, IReadOnlyList<RunEvent>) Run(string id)
    {
        var (at, epochs) = (Noon.AddMinutes(random.Next(60)), random.Next(4));
        var spec = new RunSpec("clip", Any("one", "two"), "name of " + id, random.Next(3), new Dictionary<string, string> { ["lr"] = $"{random.Next(12)}" });
        List<RunEvent> events =
        [
            new RunRegistered(id, spec, RecordedRuns.Provenance) { At = at, Origin = random.Next(10) == 0 ? new RunOrigin(OriginKind.Reproduction, "run-00000") : null }, new RunStarted("turing", 1, at) { At = at },
        ];
        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            at = at.AddMinutes(1);
            events.AddRange(Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Evaluation(epoch, at)));
            if (random.Next(8) == 0) events.Add(new RunResumed("turing", 2, at, null, random.Next(epoch), 0) { At = at.AddSeconds(1) });
        }
        return (id, events);
    }

    private ClassificationEvaluated Evaluation(int epoch, DateTimeOffset at)
    {
        var (set, digest) = Any(("coco", Coco), ("coco", Coco), ("flickr", new string('f', 64)));
        var scores = Metrics.Where(_ => random.Next(6) > 0).ToDictionary(m => m, _ => Score());
        return new ClassificationEvaluated(epoch, "zero-shot", set, digest, Any("raw", "ema"), 10, 2, scores, 1) { At = at };
    }

    private double Score() => random.Next(60) switch
    {
        0 => Any(double.NaN, double.PositiveInfinity, double.NegativeInfinity),
        < 20 => random.Next(-3, 40),
        _ => 100 * random.NextDouble(),
    };

    private T Any<T>(params ReadOnlySpan<T> of) => of[random.Next(of.Length)];
}
