using System.Diagnostics;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;

namespace Itra.Bench;

/// <summary>What recording costs, against a private cluster of its own.</summary>
internal static class TrackingBench
{
    private const int Epochs = 500, Chunks = 100, Steps = 1000;
    private static readonly string[] Metrics = ["training/loss-align", "training/learning_rate", "training/gradient-norm", "training/logit_scale", "data time", "total time"];
    private static readonly DateTimeOffset At = TimeProvider.System.GetUtcNow();

    public static async Task RunAsync(string home)
    {
        await using var database = new TrackingDatabase(new EmbeddedAddress(home), Environment.GetEnvironmentVariable);
        try
        {
            await MeasureAsync("first run: initdb, start", () => database.EnsureRunningAsync(CancellationToken.None));
            await database.Cluster!.StopAsync(CancellationToken.None);
            await MeasureAsync("start of a stopped cluster", () => database.EnsureRunningAsync(CancellationToken.None));
            await using var journal = new MartenRunJournal(database, TimeProvider.System);
            await RecordAsync(database, journal);
        }
        finally
        {
            await database.Cluster!.StopAsync(CancellationToken.None);
        }
    }

    private static async Task RecordAsync(TrackingDatabase database, MartenRunJournal journal)
    {
        var spec = new RunSpec("bench", "bench", "bench", 1, new Dictionary<string, string>());
        var origin = new Provenance(null, false, [], "/", "", "", "", "", "", new Dictionary<string, string>(), "", 0, 0);
        await MeasureAsync("first event: open the store, make the schema", () => Record(new RegisterRun("run-bench", spec, origin)));
        await Record(new StartRun("host", 1, At));

        var single = await MeasureAsync($"{Epochs} events, one by one", async () =>
        {
            for (var epoch = 1; epoch <= Epochs; epoch++) await Record(new CompleteEpoch(epoch, epoch, 1.5, 1e-5, 100, 1));
        });
        Console.WriteLine($"  {single.TotalMilliseconds / Epochs:F2} ms per event");

        var random = new Random(1);
        MetricChunk[] chunks = [.. Enumerable.Range(0, Chunks).Select(c => new MetricChunk(c * Steps, Metrics,
            [.. Metrics.Select(_ => Enumerable.Range(0, Steps).Select(i => (double)(float)(2.3 / (1 + (c * Steps + i) / 20000.0) + 0.1 * random.NextDouble())).ToArray())]))];
        var written = await MeasureAsync($"{Chunks} chunks of {Steps} steps of {Metrics.Length} metrics", async () =>
        {
            foreach (var chunk in chunks) await Record(new LogMetrics(chunk));
        });
        Console.WriteLine($"  {Chunks * Steps * Metrics.Length / written.TotalSeconds:N0} values/s");

        var curves = new MetricCurves(database);
        for (var i = 0; i < 3; i++) await MeasureAsync($"a curve of {Chunks * Steps:N0} steps", () => curves.ReadAsync("run-bench", Metrics[0], CancellationToken.None));
        await MeasureAsync("all values compared with their digests", () => curves.VerifyAsync("run-bench", CancellationToken.None));

        Task Record(RunCommand command) => journal.RecordAsync("run-bench", command with { At = At }, CancellationToken.None);
    }

    private static async Task<TimeSpan> MeasureAsync(string what, Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        await work();
        Console.WriteLine($"{what}: {watch.Elapsed.TotalMilliseconds:F1} ms");
        return watch.Elapsed;
    }
}
