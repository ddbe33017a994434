using Itra.Domain.Artifacts;
using Itra.Domain.Training;

namespace Itra.Domain.Runs;

/// <summary>Something to be recorded about a run. Time arrives with it, so that deciding stays a pure function.</summary>
public abstract record RunCommand
{
    /// <summary>Set by whoever runs a trainer; a trainer leaves it alone.</summary>
    public DateTimeOffset At { get; init; }
}

public sealed record RegisterRun(string RunId, RunSpec Spec, Provenance Provenance, RunOrigin? Origin = null) : RunCommand;

public sealed record StartRun(string Host, int ProcessId, DateTimeOffset ProcessStartedAt) : RunCommand;

/// <param name="CheckpointSha256">One of the run's own checkpoints; null to start over.</param>
public sealed record ResumeRun(string Host, int ProcessId, DateTimeOffset ProcessStartedAt, string? CheckpointSha256, int Epoch, long Updates) : RunCommand;

public sealed record RecordDataset(string Role, DatasetFingerprint Dataset) : RunCommand
{
    /// <summary>The list of files to be kept, in the form of <see cref="DatasetFingerprint.Listing"/>.</summary>
    public ReadOnlyMemory<byte> Listing { get; init; }
}

/// <summary>A file was read. With <paramref name="Keep"/> it is to be stored, before this becomes an event.</summary>
public sealed record RecordInput(string Role, string Path, Artifact File, bool Keep) : RunCommand;

public sealed record RecordModel(
    string ImageModel, string TextModel, ParameterCounts Total, ParameterCounts Image, ParameterCounts Text,
    string WeightsSource, string WeightsDigest) : RunCommand;

public sealed record StartFromCheckpoint(string FileName, string Sha256, int Epoch, long Step, IReadOnlyList<string> Differences) : RunCommand;

public sealed record PlanTraining(int Epochs, int StepsPerEpoch, int BatchSize) : RunCommand;

public sealed record LogMetrics(MetricChunk Chunk) : RunCommand;

public sealed record SkipSamples(int Epoch, int Count, IReadOnlyList<string> Examples, string? Role = null) : RunCommand;

public sealed record CompleteEpoch(int Epoch, long Step, double Loss, double LearningRate, double SamplesPerSecond, double Seconds) : RunCommand;

public sealed record RecordRetrieval(
    int Epoch, string Dataset, string DatasetDigest, string Weights, int Images, int Captions, RetrievalScores Scores, double Seconds) : RunCommand;

public sealed record RecordClassification(
    int Epoch, string Method, string Dataset, string DatasetDigest, string Weights, int Images, int Classes,
    IReadOnlyDictionary<string, double> Scores, double Seconds) : RunCommand;

/// <summary>May come after the run has ended: the weights are still there.</summary>
public sealed record RecordWiseFt(
    double Alpha, string StartDigest, string EndDigest, int Epoch, IReadOnlyDictionary<string, string> Datasets,
    IReadOnlyDictionary<string, double> Scores, Artifact? Kept, double Seconds) : RunCommand;

/// <summary>A checkpoint was written to <paramref name="Path"/>. It becomes an event once <see cref="Stored"/> says that the blob is kept.</summary>
public sealed record SaveCheckpoint(int Epoch, long Step, string Path) : RunCommand
{
    public Artifact? Stored { get; init; }

    /// <summary>Optimizer updates so far.</summary>
    public long? Updates { get; init; }

    /// <inheritdoc cref="CheckpointSaved.StateDigest"/>
    public string? StateDigest { get; init; }

    /// <summary>Where in the file stretches begin and end that other checkpoints share, for the store.</summary>
    public IReadOnlyList<long> Cuts { get; init; } = [];
}

/// <summary>Of a run in any state, as are the two that follow.</summary>
public sealed record PinCheckpoint(string Sha256, string? Reason, string By) : RunCommand;

public sealed record UnpinCheckpoint(string Sha256, string By) : RunCommand;

/// <summary>Comes before the file is deleted: whoever is interrupted in between finds in the record what was to go.</summary>
public sealed record DeleteCheckpoint(string Sha256, string Reason, string By) : RunCommand;

public sealed record CompleteRun : RunCommand;

public sealed record FailRun(string Reason, string Kind) : RunCommand;

public sealed record CancelRun(string Reason) : RunCommand;

/// <summary>Comes after both runs have ended, and is given to each.</summary>
public sealed record JudgeReproduction(
    string Original, string Reproduction, Verdict Verdict, IReadOnlyList<Deviation> Deviations, Divergence? Divergence) : RunCommand;
