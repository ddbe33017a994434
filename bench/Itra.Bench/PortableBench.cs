using System.Diagnostics;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Postgres;
using Itra.Tracking.Portable;
using Itra.Tracking;
using Itra.Tracking.Runs;
using Microsoft.Extensions.DependencyInjection;

namespace Itra.Bench;

/// <summary>What it costs to take a run elsewhere: a million metric values and a checkpoint of 300 MB.</summary>
internal static class PortableBench
{
    private const string Id = "run-portable";
    private const int Chunks = 250, Steps = 1000, CheckpointBytes = 300_000_000;
    private static readonly string[] Metrics = ["training/loss-align", "training/learning_rate", "training/gradient-norm", "total time"];
    private static readonly DateTimeOffset At = TimeProvider.System.GetUtcNow();

    public static async Task RunAsync(string folder)
    {
        var (here, there) = (Path.Combine(folder, "here"), Path.Combine(folder, "there"));
        await using var one = Services(here);
        await using var other = Services(there);
        try
        {
            await RecordAsync(one);
            foreach (var (format, withBlobs, name) in new[]
                { (ExportFormat.Jsonl, false, "run.jsonl"), (ExportFormat.Jsonl, true, "run.zip"), (ExportFormat.RoCrate, true, "run.crate.zip"), (ExportFormat.Csv, false, "run.csv") })
            {
                var request = new ExportRequest(Id, format, Path.Combine(folder, name), withBlobs);
                await MeasureAsync($"export {name}", async () => $"{(await one.GetRequiredService<RunExport>().WriteAsync(request, null, CancellationToken.None)).Bytes / 1e6:N1} MB");
            }
            await other.GetRequiredService<TrackingDatabase>().EnsureRunningAsync(CancellationToken.None);
            foreach (var name in new[] { "run.zip", "run.zip", "run.jsonl" })
                await MeasureAsync($"import {name}", async () => (await other.GetRequiredService<RunImport>().ReadAsync(Path.Combine(folder, name), null, CancellationToken.None)).IsNew ? "new" : "there already");
        }
        finally
        {
            foreach (var services in new[] { one, other }) await services.GetRequiredService<TrackingDatabase>().Cluster!.StopAsync(CancellationToken.None);
        }
    }

    private static ServiceProvider Services(string home) => new ServiceCollection().AddTracking(name => name == "ITRA_HOME" ? home : Environment.GetEnvironmentVariable(name)).BuildServiceProvider();

    private static async Task RecordAsync(ServiceProvider services)
    {
        var random = new Random(1);
        var block = new byte[1 << 20];
        await using var file = new FileStream(Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        for (var left = CheckpointBytes; left > 0; left -= block.Length)
        {
            random.NextBytes(block);
            file.Write(block, 0, Math.Min(left, block.Length));
        }
        file.Position = 0;
        var stored = await services.GetRequiredService<IArtifactStore>().PutAsync(file, CancellationToken.None);

        await using var journal = new MartenRunJournal(services.GetRequiredService<TrackingDatabase>(), TimeProvider.System);
        await Record(new RegisterRun(Id, new RunSpec("bench", "bench", "bench", 1, new Dictionary<string, string>()),
            new Provenance(null, false, [], "/", "", "", "", "", "", new Dictionary<string, string>(), "", 0, 0)));
        await Record(new StartRun("host", 1, At));
        for (var c = 0; c < Chunks; c++)
            await Record(new LogMetrics(new MetricChunk(c * Steps, Metrics, [.. Metrics.Select(_ => Enumerable.Range(0, Steps).Select(i => (double)(float)(2.3 / (1 + i / 2e4) + random.NextDouble() / 10)).ToArray())])));
        await Record(new SaveCheckpoint(1, Chunks * Steps, "last.pt") { Stored = stored });

        Task Record(RunCommand command) => journal.RecordAsync(Id, command with { At = At }, CancellationToken.None);
    }

    private static async Task MeasureAsync(string what, Func<Task<string>> work)
    {
        var watch = Stopwatch.StartNew();
        var outcome = await work();
        using var process = Process.GetCurrentProcess();
        Console.WriteLine($"{what}: {watch.Elapsed.TotalSeconds:F2} s, {outcome}; peak of this process so far {process.PeakWorkingSet64 / 1e6:N0} MB");
    }
}
