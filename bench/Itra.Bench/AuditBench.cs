using System.Diagnostics;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;

namespace Itra.Bench;

/// <summary>What proving costs, over a store of its own.</summary>
internal static class AuditBench
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Provenance Origin = new(new string('e', 40), false, ["itra", "train", "--lr", "1e-5"], "/data", "me", "host", "Linux", "1.0.0", ".NET 10", new Dictionary<string, string> { ["TorchSharp"] = "1" }, "cpu", 2, 2);
    private static readonly Dictionary<string, string> Config = Enumerable.Range(0, 60).ToDictionary(i => $"setting_{i}", i => $"value {i}");

    public static async Task RunAsync(string home, int runs, int events)
    {
        await using var database = new TrackingDatabase(new EmbeddedAddress(home), Environment.GetEnvironmentVariable);
        try
        {
            await using (var journal = new MartenRunJournal(database, TimeProvider.System)) await journal.OpenAsync(CancellationToken.None);
            var ledger = new Ledger(database, home, TimeProvider.System);
            var written = 0L;
            await MeasureAsync($"{events:N0} events of {runs:N0} runs stored in bulk", async () => written = await new ChainedBulkInsert(database).WriteAsync(Enumerable.Range(0, runs).Select(i => Run(i, events / runs)), CancellationToken.None));
            await MeasureAsync("first seal, over all of them", () => ledger.SealAsync(CancellationToken.None));
            await MeasureAsync("nothing new to seal", () => ledger.SealAsync(CancellationToken.None));
            await new ChainedBulkInsert(database).WriteAsync([Run(runs, 10)], CancellationToken.None);
            await MeasureAsync("a seal over one more run", () => ledger.SealAsync(CancellationToken.None));
            AuditReport report = null!;
            for (var i = 0; i < 2; i++)
            {
                await MeasureAsync("all verified", async () => report = await new AuditVerification(database, ledger, null, TimeProvider.System).VerifyAsync(null, null, null, CancellationToken.None));
                Console.WriteLine($"  {report.Events:N0} events, {report.EventsPerSecond:N0} events/s, {report.Findings.Count} findings, {Environment.WorkingSet >> 20} MB");
            }
        }
        finally
        {
            await database.Cluster!.StopAsync(CancellationToken.None);
        }
    }

    private static (string, IReadOnlyList<RunEvent>) Run(int number, int length)
    {
        var (id, at) = ($"run-{number * 7919L % 1_000_003:D9}", Start.AddSeconds(number));
        List<RunEvent> events =
        [
            new RunRegistered(id, new RunSpec("clip", $"experiment-{number % 50}", $"name-{number}", number % 5, Config), Origin) { At = at },
            new RunStarted("host", 1, at) { At = at },
            new ModelInitialised("RN50", "RN50", new(102_007_137, 102_007_137), new(38_316_896, 38_316_896), new(63_690_240, 63_690_240), "random", new string('b', 64)) { At = at },
            new TrainingPlanned(length, 100, 8) { At = at },
        ];
        for (var epoch = 1; events.Count < length - 1; epoch++)
        {
            events.Add(new EpochCompleted(epoch, 100 * epoch, 2.5 / (epoch + number / 1e5), 1e-5, 12.5, 30.25) { At = at.AddMinutes(epoch) });
            if (events.Count < length - 1) events.Add(new RetrievalEvaluated(epoch, "mscoco_captions", new string('c', 64), "raw", 5000, 25000, new RetrievalScores(10 + number % 37 / 3.0, 20, 30, 40, 50, 60.1), 3.5) { At = at.AddMinutes(epoch) });
        }
        events.Add(new RunCompleted { At = at.AddHours(1) });
        return (id, events);
    }

    private static async Task MeasureAsync(string what, Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        await work();
        Console.WriteLine($"{what}: {watch.Elapsed.TotalMilliseconds:N0} ms");
    }
}
