using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking;
using Itra.Tracking.Runs;
using Microsoft.Extensions.DependencyInjection;

[assembly: AssemblyFixture(typeof(Itra.Cli.Tests.RecordedRuns))]

namespace Itra.Cli.Tests;

/// <summary>A private store with two runs in it: one completed with scores and a checkpoint, one failed. Shared by the tests of this assembly, which only read.</summary>
public sealed class RecordedRuns : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    internal ItraProgram Itra { get; } = new();

    public const string Completed = "run-0completed", Failed = "run-1failed000";

    public async ValueTask InitializeAsync()
    {
        await using var services = new ServiceCollection().AddTracking(name => name == "ITRA_HOME" ? Itra.Home : null).BuildServiceProvider();
        // Directly: the checkpoint it tells of has no file, for which a log would wait.
        var journal = services.GetRequiredService<MartenRunJournal>();
        await RecordAsync(journal, Completed,
        [
            new RegisterRun(Completed, Spec("good"), Provenance), new StartRun("host", 1, Start),
            new RecordDataset("train", new DatasetFingerprint("mscoco_captions", 80, 400, 12345, new string('a', 64))),
            new RecordModel("RN50", "RN50", new(100, 60), new(50, 30), new(49, 29), "random", new string('b', 64)),
            new PlanTraining(2, 10, 8),
            new LogMetrics(new MetricChunk(0, ["training/loss-align"], [[2.5, 2.25]])), new CompleteEpoch(1, 10, 2.25, 1e-5, 80, 1),
            new RecordRetrieval(1, "mscoco_captions", new string('c', 64), "raw", 79, 395, new RetrievalScores(10, 20, 30, 40, 50, 60), 1),
            new LogMetrics(new MetricChunk(2, ["training/loss-align"], [[1.5, 1.25]])), new CompleteEpoch(2, 20, 1.25, 5e-6, 81, 1),
            new RecordRetrieval(2, "mscoco_captions", new string('c', 64), "raw", 79, 395, new RetrievalScores(20, 30, 40, 50, 60, 70), 1),
            new SaveCheckpoint(2, 20, "/tmp/epoch_2.pt") { Stored = new Artifact(new string('d', 64), 1 << 20) },
            new CompleteRun(),
        ]);
        await RecordAsync(journal, Failed,
            [new RegisterRun(Failed, Spec("bad"), Provenance), new StartRun("host", 2, Start), new FailRun("the loss is not a number at step 3", "UserErrorException")]);
    }

    public ValueTask DisposeAsync()
    {
        Itra.Run("down");
        Itra.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task RecordAsync(MartenRunJournal journal, string id, IReadOnlyList<RunCommand> commands)
    {
        for (var i = 0; i < commands.Count; i++)
            await journal.RecordAsync(id, commands[i] with { At = Start.AddSeconds(i + (id == Failed ? 100 : 0)) }, CancellationToken.None);
    }

    private static RunSpec Spec(string name) => new("clip", "demo", name, 1, new Dictionary<string, string> { ["lr"] = "1e-5", ["logs"] = "logs/demo" });

    private static readonly Provenance Provenance = new(
        new string('e', 40), true, ["itra", "train", "--name", "good"], "/home/me", "me", "host", "Linux", "1.0.0", ".NET 10", new Dictionary<string, string> { ["TorchSharp"] = "1" }, "cpu", 2, 2);
}
