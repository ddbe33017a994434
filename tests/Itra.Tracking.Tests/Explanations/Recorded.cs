using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Explanations;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Explanations;

/// <summary>Runs made by hand, as their events.</summary>
internal static class Recorded
{
    public const string Split = "split-digest", MeanRecall = RetrievalScores.MeanRecallMetric;

    public static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    public static RunRecord Run(string id, params IEnumerable<RunEvent> events) => new(id,
        [.. events.Select((e, i) => new RecordedEvent(i + 1, e.GetType().Name, $"hash-{id}-{i + 1}", e))]);

    public static RunRegistered Registered(string id, RunOrigin? origin = null) => new(id, RecordedRuns.Spec(id), RecordedRuns.Provenance) { At = Noon, Origin = origin };

    public static RunStarted Started() => new("turing", 1, Noon) { At = Noon.AddSeconds(1) };

    public static ModelInitialised Model(string source = "random") => new("RN50", "RN50", new(100, 60), new(50, 30), new(49, 29), source, "initial-weights") { At = Noon };

    public static TrainingPlanned Plan(int epochs = 3, int steps = 10) => new(epochs, steps, 8) { At = Noon };

    public static EpochCompleted Epoch(int epoch, int steps = 10) => new(epoch, epoch * steps, 1, 1e-5, 10, 1) { At = Noon.AddMinutes(epoch) };

    /// <summary>An evaluation of which every recall, and so their mean, is <paramref name="recall"/>.</summary>
    public static RetrievalEvaluated Scored(int epoch, double recall, string digest = Split, string dataset = "coco", string weights = "raw") =>
        new(epoch, dataset, digest, weights, 79, 395, new RetrievalScores(recall, recall, recall, recall, recall, recall), 1) { At = Noon.AddMinutes(epoch) };

    public static CheckpointSaved Checkpoint(int epoch, string sha256, long? updates = null, long? step = null) =>
        new(epoch, step ?? epoch * 10, $"epoch_{epoch}.pt", new Artifact(sha256, 1000)) { At = Noon.AddMinutes(epoch), Updates = updates };

    public static StartedFromCheckpoint From(string sha256, int epoch = 0, params string[] differences) => new("start.pt", sha256, epoch, epoch * 10, differences) { At = Noon };

    public static RunResumed Resumed(string? sha256, int epoch, long updates) => new("turing", 2, Noon, sha256, epoch, updates) { At = Noon.AddHours(1) };

    public static DatasetFingerprinted TrainedOn(string name) => new("train", new DatasetFingerprint(name, 80, 400, 1, name + "-digest")) { At = Noon };
}
