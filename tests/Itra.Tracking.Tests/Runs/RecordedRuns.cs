using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;

namespace Itra.Tracking.Tests.Runs;

/// <summary>Commands as a trainer would give them.</summary>
internal static class RecordedRuns
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    public static RunSpec Spec(string name = "baseline", string experiment = "coco", int seed = 1) =>
        new("clip", experiment, name, seed, new Dictionary<string, string> { ["lr"] = "1e-05", ["logs"] = "logs/coco", ["name"] = name });

    public static readonly Provenance Provenance = new(
        "0123456789abcdef0123456789abcdef01234567", true, ["itra", "train", "--lr", "1e-5"], "/home/ada/clip", "ada", "turing", "Debian GNU/Linux 12",
        "0.1.0", ".NET 10.0.0", new Dictionary<string, string> { ["libtorch"] = "2.10.0" }, "cpu", 2, 2);

    public static readonly RetrievalScores Scores = new(10, 20, 30, 40, 50, 61.5);

    public static RegisterRun Register(string id, string name = "baseline", string experiment = "coco", int minute = 0) =>
        new(id, Spec(name, experiment), Provenance) { At = Noon.AddMinutes(minute) };

    public static StartRun Start(string host = "turing", int pid = 4711) => new(host, pid, Noon.AddSeconds(-3)) { At = Noon.AddSeconds(1) };

    /// <summary>A life of <paramref name="epochs"/> epochs of <paramref name="steps"/> steps, without its end.</summary>
    public static IEnumerable<RunCommand> Life(string id, string name = "baseline", int epochs = 2, int steps = 5, double lift = 0)
    {
        yield return Register(id, name);
        yield return Start();
        yield return new RecordDataset("train", new DatasetFingerprint("mscoco_captions", 80, 400, 12_345_678, "d1")) { At = Noon };
        yield return new RecordModel("RN50", "RN50", new(102_007_137, 102_007_137), new(38_316_896, 38_316_896), new(63_690_240, 63_690_240), "random", "w1") { At = Noon };
        yield return new PlanTraining(epochs, steps, 8) { At = Noon };
        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            var (first, losses) = ((epoch - 1) * steps, Enumerable.Range(0, steps).Select(i => 2.0 / (epoch + i / 10.0)).ToArray());
            yield return new LogMetrics(new MetricChunk(first, ["training/loss-align", "training/learning_rate"], [losses, [.. losses.Select(_ => 1e-5)]])) { At = Noon.AddMinutes(epoch) };
            yield return new CompleteEpoch(epoch, epoch * steps, losses.Average(), 1e-5, 12.5, 30) { At = Noon.AddMinutes(epoch) };
            yield return new RecordRetrieval(epoch, "mscoco_captions", "d2", "raw", 79, 395, Scores with { ImageToTextR1 = 10 * epoch + lift }, 3) { At = Noon.AddMinutes(epoch) };
        }
        yield return new SaveCheckpoint(epochs, epochs * steps, "checkpoints/last.pt") { At = Noon.AddHours(1), Stored = new Artifact(new string('a', 64), 1234) };
    }

    public static async Task RecordAllAsync(this IRunJournal journal, string id, IEnumerable<RunCommand> commands)
    {
        foreach (var command in commands) await journal.RecordAsync(id, command, CancellationToken.None);
    }
}
