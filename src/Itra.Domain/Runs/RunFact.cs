using System.Globalization;

namespace Itra.Domain.Runs;

public enum FactKind
{
    /// <summary>Has to be the same anywhere: what was read, what was planned.</summary>
    Given,

    /// <summary>A digest of weights: the same where arithmetic is, and without a distance where it is not.</summary>
    Weights,

    /// <summary>A number that was computed.</summary>
    Computed,
}

/// <summary>One thing that a run says of itself and that running it again has to say, too. Its metrics are apart: they are too many.</summary>
/// <param name="Key">The same in both runs, whatever they and their files are called.</param>
/// <param name="What">For people.</param>
/// <param name="Epoch">Counted from 1; 0 before the first.</param>
/// <param name="Queries">How many samples a score is a share of; 0 if it is none.</param>
public sealed record RunFact(string Key, string What, int Epoch, FactKind Kind, string Text, double Number = double.NaN, int Queries = 0)
{
    /// <summary>Optimizer updates, of what belongs to a moment within an epoch.</summary>
    public long? Updates { get; init; }

    /// <summary>The facts in an event; of a run's course alone, not of where and when.</summary>
    public static IReadOnlyList<RunFact> Of(RunEvent e) => e switch
    {
        DatasetFingerprinted d => [Data(d.Role, d.Dataset.Digest)],
        InputFingerprinted i => [Input(i.Role, i.File.Sha256)],
        ModelInitialised m => Model(m.Total.Total, m.Total.Trainable, m.WeightsDigest),
        StartedFromCheckpoint c => [Start(c.Sha256)],
        TrainingPlanned p => [Plan(p.Epochs, p.StepsPerEpoch, p.BatchSize)],
        SamplesSkipped s => [Skipped(s.Epoch, s.Role, s.Count)],
        EpochCompleted c => [MeanLoss(c.Epoch, c.Loss)],
        RetrievalEvaluated r => Scores(r.Epoch, "retrieval", r.Dataset, r.DatasetDigest, r.Weights, r.Scores.ByMetric(), Math.Min(r.Images, r.Captions)),
        ClassificationEvaluated c => Scores(c.Epoch, c.Method, c.Dataset, c.DatasetDigest, c.Weights, c.Scores, c.Images),
        CheckpointSaved { StateDigest: { } digest, Updates: { } updates } c => [Checkpoint(c.Epoch, updates, digest)],
        _ => [],
    };

    /// <summary>The same of what a trainer yields.</summary>
    public static IReadOnlyList<RunFact> Of(RunCommand command) => command switch
    {
        RecordDataset d => [Data(d.Role, d.Dataset.Digest)],
        RecordInput i => [Input(i.Role, i.File.Sha256)],
        RecordModel m => Model(m.Total.Total, m.Total.Trainable, m.WeightsDigest),
        StartFromCheckpoint c => [Start(c.Sha256)],
        PlanTraining p => [Plan(p.Epochs, p.StepsPerEpoch, p.BatchSize)],
        SkipSamples s => [Skipped(s.Epoch, s.Role, s.Count)],
        CompleteEpoch c => [MeanLoss(c.Epoch, c.Loss)],
        RecordRetrieval r => Scores(r.Epoch, "retrieval", r.Dataset, r.DatasetDigest, r.Weights, r.Scores.ByMetric(), Math.Min(r.Images, r.Captions)),
        RecordClassification c => Scores(c.Epoch, c.Method, c.Dataset, c.DatasetDigest, c.Weights, c.Scores, c.Images),
        SaveCheckpoint { StateDigest: { } digest, Updates: { } updates } c => [Checkpoint(c.Epoch, updates, digest)],
        _ => [],
    };

    private static RunFact Data(string role, string digest) => new($"data {role}", $"the {role} data", 0, FactKind.Given, digest);

    private static RunFact Input(string role, string digest) => new($"input {role}", $"the file of {role}", 0, FactKind.Given, digest);

    private static IReadOnlyList<RunFact> Model(long total, long trainable, string digest) =>
    [
        new("parameters", "the number of parameters", 0, FactKind.Given, $"{total}, {trainable} of them trained"),
        new("initial weights", "the initial weights", 0, FactKind.Weights, digest),
    ];

    private static RunFact Start(string digest) => new("start", "the checkpoint it starts from", 0, FactKind.Given, digest);

    private static RunFact Plan(int epochs, int steps, int batch) => new("plan", "the plan", 0, FactKind.Given, $"{epochs} epochs of {steps} steps of {batch} pairs");

    private static RunFact Skipped(int epoch, string? role, int count) =>
        new($"skipped {epoch} {role}", $"the number of {role ?? "train"} samples left out", epoch, FactKind.Given, count.ToString(CultureInfo.InvariantCulture));

    private static RunFact MeanLoss(int epoch, double loss) => new($"epoch {epoch}", "the epoch's mean loss", epoch, FactKind.Computed, Write(loss), loss);

    private static IReadOnlyList<RunFact> Scores(
        int epoch, string method, string dataset, string digest, string weights, IReadOnlyDictionary<string, double> scores, int queries) =>
        [.. scores.Select(s => new RunFact($"score {epoch} {method} {digest} {weights} {s.Key}", $"{s.Key} on {dataset} ({weights} weights)", epoch, FactKind.Computed, Write(s.Value), s.Value, queries))];

    private static RunFact Checkpoint(int epoch, long updates, string digest) =>
        new($"checkpoint {updates}", $"the weights after {updates} steps", epoch, FactKind.Weights, digest) { Updates = updates };

    internal static string Write(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
