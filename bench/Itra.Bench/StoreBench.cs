using System.Diagnostics;
using System.Globalization;
using Itra.Domain.Leaderboards;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Audit;
using Itra.Tracking.Leaderboards;
using Itra.Tracking.Postgres;
using Itra.Tracking.Projections;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;

namespace Itra.Bench;

/// <summary>What looking costs in a store of very many runs, and folding all of it again. The store stays in its folder, and is used again.</summary>
internal static class StoreBench
{
    private const int Repetitions = 7;
    private const int Seeds = 5;
    private const int Experiments = 500;
    private static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Provenance Origin = new(new string('e', 40), false, ["itra", "train", "--lr", "1e-5"], "/data", "me", "host", "Linux", "1.0.0", ".NET 10", new Dictionary<string, string> { ["TorchSharp"] = "1" }, "cpu", 2, 2);

    public static async Task RunAsync(string home, int runs)
    {
        await using var database = new TrackingDatabase(new EmbeddedAddress(home), Environment.GetEnvironmentVariable);
        try
        {
            await using (var journal = new MartenRunJournal(database, TimeProvider.System)) await journal.OpenAsync(CancellationToken.None);
            if ((await new RunReader(database).ListRunsAsync(new RunFilter(Limit: 1), CancellationToken.None)).Count == 0)
            {
                await OnceAsync($"{runs:N0} runs stored in bulk", () => new ChainedBulkInsert(database).WriteAsync(Enumerable.Range(0, runs).Select(Run), CancellationToken.None));
                await new Ledger(database, home, TimeProvider.System).SealAsync(CancellationToken.None);
            }
            RebuildOutcome outcome = null!;
            await OnceAsync("everything folded again, and compared with what is there", async () => outcome = await new ProjectionRebuild(database).RunAsync(null, CancellationToken.None));
            Console.WriteLine($"  {outcome.Runs:N0} runs, {outcome.Scores:N0} scores, {outcome.Differences.Count} differences, {Environment.WorkingSet >> 20} MB");

            var boards = new LeaderboardReader(database);
            await LookAsync(database, boards);
            foreach (var (name, then) in new (string, PointInTime)[] { ("middle", new PointInTime.Moment(Start.AddSeconds(runs / 2))), ("beginning", new PointInTime.Moment(Start.AddSeconds(100))), ("seal 1", new PointInTime.Seal(1)) })
            {
                var past = new LeaderboardReader(database, then);
                await MedianAsync($"leaderboard as of the {name}", () => past.RankAsync(LeaderboardDefinition.MeanRecall, [], 20, CancellationToken.None));
                await MedianAsync($"runs ls as of the {name}", () => new RunReader(database, then).ListRunsAsync(new RunFilter(Limit: 50), CancellationToken.None));
            }
            await OnceAsync("history of the first place", () => boards.HistoryAsync([new LeaderboardDefined("m", 1, LeaderboardDefinition.MeanRecall, "") { At = DateTimeOffset.MinValue }], CancellationToken.None));
        }
        finally
        {
            await database.Cluster!.StopAsync(CancellationToken.None);
        }
    }

    private static async Task LookAsync(TrackingDatabase database, LeaderboardReader boards)
    {
        var mean = LeaderboardDefinition.MeanRecall;
        foreach (var (what, definition) in new[]
                 {
                     ("leaderboard", mean), ("by another metric", mean with { Metric = "retrieval-text2image-R@5" }), ("on one data set", mean with { Dataset = "flickr30k" }),
                     ("of one experiment", mean with { Filters = new LeaderboardFilters("experiment-7") }),
                     ("of one experiment, the lowest", mean with { Filters = new LeaderboardFilters("experiment-7"), Direction = Direction.LowerIsBetter }),
                     ("with one setting", mean with { Filters = new LeaderboardFilters { Settings = new Dictionary<string, string> { ["lr"] = "7e-6" } } }),
                     ("by a formula", mean with { Metric = null, Formula = "([retrieval-image2text-R@1] + [retrieval-text2image-R@1]) / 2" }),
                     ("by the mean of six", mean with { Metric = null, Formula = "([retrieval-image2text-R@1] + [retrieval-image2text-R@5] + [retrieval-image2text-R@10] + [retrieval-text2image-R@1] + [retrieval-text2image-R@5] + [retrieval-text2image-R@10]) / 6" }),
                     ("by a product, the lowest", mean with { Metric = null, Formula = "[retrieval-image2text-R@1] * [retrieval-text2image-R@1]", Direction = Direction.LowerIsBetter }),
                     ("by a quotient", mean with { Metric = null, Formula = "[retrieval-image2text-R@1] / [retrieval-text2image-R@1]" }),
                     ("by the last epoch", mean with { Choose = EpochChoice.Last }),
                     ("by the epoch that another metric chose", mean with { Choose = new EpochChoice(ChoiceRule.BestBy, "retrieval-text2image-R@1") }),
                     ("by groups of seeds", mean with { Group = Grouping.Seeds }),
                 })
            await MedianAsync($"20 best: {what}", () => boards.RankAsync(definition, [], 20, CancellationToken.None));
        await MedianAsync("all rows of the leaderboard", () => boards.RankAsync(mean, [], null, CancellationToken.None));
        var reader = new RunReader(database);
        await MedianAsync("runs ls, 50 newest", () => reader.ListRunsAsync(new RunFilter(Limit: 50), CancellationToken.None));
        await MedianAsync("runs ls, of one experiment", () => reader.ListRunsAsync(new RunFilter("experiment-7", Limit: 50), CancellationToken.None));
        await MedianAsync("a run by its name", () => reader.FindRunAsync("name-4711", CancellationToken.None));
        await MedianAsync("runs that run on this machine", () => reader.ListRunsAsync(new RunFilter(Status: RunStatus.Running, Host: "host"), CancellationToken.None));
    }

    /// <summary>Ten events: two epochs with an evaluation each, one run in fifty of them resumed after the first.</summary>
    private static (string, IReadOnlyList<RunEvent>) Run(int number)
    {
        var (id, at, random) = ($"run-{number * 7919L % 1_000_003:D9}", Start.AddSeconds(number), new Random(number));
        // Five seeds of each setting. What they score lies as near to each other as seeds do, and the metrics of an evaluation agree as much as those of one model.
        var setting = number / Seeds;
        var quality = 20 + 60 * new Random(setting).NextDouble() + 3 * random.NextDouble();
        var config = Enumerable.Range(0, 60).ToDictionary(i => $"setting_{i}", i => $"value {i}");
        config["warmup"] = (setting / Experiments).ToString(CultureInfo.InvariantCulture);
        config["lr"] = (1e-6 * (1 + setting % 100)).ToString("R", CultureInfo.InvariantCulture);
        config["seed"] = (number % Seeds).ToString(CultureInfo.InvariantCulture);
        var (set, digest) = number % 10 == 0 ? ("flickr30k", new string('f', 64)) : ("mscoco_captions", new string('c', 64));
        RetrievalEvaluated Evaluation(int epoch) => new(epoch, set, digest, "raw", 5000, 25000, new RetrievalScores(Score(epoch), Score(epoch), Score(epoch), Score(epoch), Score(epoch), Score(epoch)), 3.5) { At = at.AddMinutes(epoch) };
        double Score(int epoch) => quality + 2 * epoch + 10 * random.NextDouble();
        return (id,
        [
            new RunRegistered(id, new RunSpec("clip", $"experiment-{setting % Experiments}", $"name-{number}", number % Seeds, config), Origin) { At = at },
            new RunStarted("host", 1, at) { At = at },
            new DatasetFingerprinted("train", new DatasetFingerprint("mscoco_captions", 118_287, 591_753, 19_000_000_000, new string('d', 64))) { At = at },
            new ModelInitialised("RN50", "RN50", new(102_007_137, 102_007_137), new(38_316_896, 38_316_896), new(63_690_240, 63_690_240), "random", new string('b', 64)) { At = at },
            new TrainingPlanned(2, 100, 8) { At = at },
            new EpochCompleted(1, 100, 2.5, 1e-5, 12.5, 30.25) { At = at.AddMinutes(1) }, Evaluation(1),
            number % 50 == 0 ? new RunResumed("host", 2, at.AddMinutes(2), null, 0, 0) { At = at.AddMinutes(2) } : new EpochCompleted(2, 200, 2.25, 1e-5, 12.5, 30.25) { At = at.AddMinutes(2) },
            Evaluation(2), new RunCompleted { At = at.AddHours(1) },
        ]);
    }

    private static async Task OnceAsync(string what, Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        await work();
        Console.WriteLine($"{what}: {watch.Elapsed.TotalSeconds:F1} s");
    }

    private static async Task MedianAsync(string what, Func<Task> work)
    {
        List<double> times = [];
        for (var i = 0; i < Repetitions; i++)
        {
            var watch = Stopwatch.StartNew();
            await work();
            times.Add(watch.Elapsed.TotalMilliseconds);
        }
        Console.WriteLine($"{what}: {times.Order().ElementAt(Repetitions / 2):F1} ms (fastest {times.Min():F1})");
    }
}
