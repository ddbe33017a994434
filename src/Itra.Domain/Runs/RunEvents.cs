using System.Text.Json.Serialization;
using Itra.Domain.Artifacts;
using Itra.Domain.Training;

namespace Itra.Domain.Runs;

// The vocabulary of a run, in the order of its life. Stored events live for ever: add, never edit.

/// <summary>A fact of a run. <see cref="At"/> is when it became one, by the clock of the machine that recorded it.</summary>
public abstract record RunEvent
{
    public required DateTimeOffset At { get; init; }
}

/// <summary>A run was asked for: everything it is to do, and where the request came from.</summary>
public sealed record RunRegistered(string RunId, RunSpec Spec, Provenance Provenance) : RunEvent
{
    /// <summary>The run this one was made from; null if it stands for itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RunOrigin? Origin { get; init; }
}

/// <summary>A process took the run up. Host, process and its start time tell later whether it is still alive.</summary>
public sealed record RunStarted(string Host, int ProcessId, DateTimeOffset ProcessStartedAt) : RunEvent;

/// <summary>
/// A process took a run up again that had been interrupted, from one of its checkpoints or from its start. Whatever was recorded of later
/// epochs and updates is superseded: it stays in the stream, and is no longer part of the run's curves and scores.
/// </summary>
/// <param name="CheckpointSha256">The checkpoint it goes on from; null if it starts over.</param>
/// <param name="Epoch">Epochs completed there.</param>
/// <param name="Updates">Optimizer updates done there: the step of the first metric value that follows.</param>
public sealed record RunResumed(string Host, int ProcessId, DateTimeOffset ProcessStartedAt, string? CheckpointSha256, int Epoch, long Updates) : RunEvent
{
    /// <summary>Whether what was recorded before of the time after so many epochs no longer counts.</summary>
    public bool SupersedesEpoch(int epoch) => epoch > Epoch;

    /// <summary>The same of the metric values of a step.</summary>
    public bool SupersedesStep(long step) => step >= Updates;
}

/// <summary>A file that is no data set was read: the vocabulary, weights to start from, a model's description.</summary>
/// <param name="Role"><c>vocabulary</c>, <c>image-weights</c>, <c>text-weights</c>, <c>image-model</c> or <c>text-model</c>.</param>
/// <param name="Kept">Whether the file itself is in the artifact store, or only its digest known.</param>
public sealed record InputFingerprinted(string Role, string FileName, Artifact File, bool Kept) : RunEvent;

/// <summary>A data set was read. <paramref name="Role"/> is <c>train</c> or the evaluation it serves, such as <c>retrieval</c>.</summary>
public sealed record DatasetFingerprinted(string Role, DatasetFingerprint Dataset) : RunEvent;

/// <summary>The model stands with its initial weights. The towers' counts and the rest (logit scale, heads, prompt) add up to the total.</summary>
/// <param name="WeightsSource">Where the weights came from: a model's name, a file's, or <c>random</c>.</param>
/// <param name="WeightsDigest">SHA-256 over name, shape and values of every tensor, in order.</param>
public sealed record ModelInitialised(
    string ImageModel, string TextModel, ParameterCounts Total, ParameterCounts Image, ParameterCounts Text,
    string WeightsSource, string WeightsDigest) : RunEvent;

/// <summary>Training goes on from a checkpoint file rather than from <see cref="ModelInitialised"/>'s weights alone.</summary>
/// <param name="Epoch">Completed epochs that this run counts: those of the checkpoint, or 0 if it was told to restart.</param>
/// <param name="Step">Position in this run's schedule at which it goes on.</param>
/// <param name="Differences">What the file and the model did not have in common, where the user allowed that.</param>
public sealed record StartedFromCheckpoint(string FileName, string Sha256, int Epoch, long Step, IReadOnlyList<string> Differences) : RunEvent;

/// <summary>How long training is going to be.</summary>
/// <param name="BatchSize">Pairs per optimizer update, over all devices.</param>
public sealed record TrainingPlanned(int Epochs, int StepsPerEpoch, int BatchSize) : RunEvent;

/// <summary>A block of steps; the values are kept beside the event, and <paramref name="Sha256"/> vouches for them.</summary>
public sealed record MetricsLogged(long FirstStep, int Count, IReadOnlyList<MetricSeries> Series, string Sha256) : RunEvent;

/// <summary>Samples that could not be read were left out, as the run was told to do.</summary>
/// <param name="Count">How many in this epoch.</param>
/// <param name="Examples">The first few, with the reason.</param>
public sealed record SamplesSkipped(int Epoch, int Count, IReadOnlyList<string> Examples) : RunEvent
{
    /// <summary>The data set's role, if an evaluation left them out; null for training.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Role { get; init; }
}

/// <summary>An epoch is over. <paramref name="Epoch"/> counts from 1, <paramref name="Step"/> optimizer updates so far.</summary>
/// <param name="Loss">Mean over the epoch's steps.</param>
public sealed record EpochCompleted(int Epoch, long Step, double Loss, double LearningRate, double SamplesPerSecond, double Seconds) : RunEvent;

/// <summary>Retrieval was evaluated after <paramref name="Epoch"/> epochs.</summary>
/// <param name="Weights">Which weights: <c>raw</c>, <c>ema</c>, or a mixture with the initial ones such as <c>wise-ft-0.5</c>.</param>
/// <param name="DatasetDigest">Of the set it was evaluated on, as in <see cref="DatasetFingerprinted"/>.</param>
public sealed record RetrievalEvaluated(
    int Epoch, string Dataset, string DatasetDigest, string Weights, int Images, int Captions, RetrievalScores Scores, double Seconds) : RunEvent;

/// <summary>Classification was evaluated after <paramref name="Epoch"/> epochs.</summary>
/// <param name="Method"><c>zero-shot</c>, <c>linear</c> or <c>knn</c>.</param>
/// <param name="Scores">All of them, by metric name, in percent.</param>
public sealed record ClassificationEvaluated(
    int Epoch, string Method, string Dataset, string DatasetDigest, string Weights, int Images, int Classes,
    IReadOnlyDictionary<string, double> Scores, double Seconds) : RunEvent;

/// <summary>Weights between those the run started from and those it ended with were evaluated: (1-alpha)·start + alpha·end.</summary>
/// <param name="StartDigest">SHA-256 of the starting weights, as in <see cref="ModelInitialised"/>.</param>
/// <param name="EndDigest">The same of the trained ones.</param>
/// <param name="Epoch">Epochs the trained ones were trained.</param>
/// <param name="Datasets">Name and digest of every set that was scored.</param>
/// <param name="Scores">All of them, by metric name, in percent.</param>
/// <param name="Kept">The mixed weights, if they were kept.</param>
public sealed record WiseFtEvaluated(
    double Alpha, string StartDigest, string EndDigest, int Epoch, IReadOnlyDictionary<string, string> Datasets,
    IReadOnlyDictionary<string, double> Scores, Artifact? Kept, double Seconds) : RunEvent;

/// <summary>Weights and optimizer state are in the artifact store.</summary>
/// <param name="Step">Position in the schedule, which counts an epoch's incomplete last batch, too.</param>
public sealed record CheckpointSaved(int Epoch, long Step, string FileName, Artifact Artifact) : RunEvent
{
    /// <summary>Optimizer updates so far, which is the step of the first metric value after it. Null in events from before it was recorded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Updates { get; init; }

    /// <summary>
    /// SHA-256 over weights, average and optimizer state alone: two runs that trained the same have the same, whatever they are called and
    /// wherever their files lie. Null in events from before it was recorded.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? StateDigest { get; init; }
}

/// <summary>A checkpoint is to be kept whatever else goes.</summary>
/// <param name="By">Who said so.</param>
public sealed record CheckpointPinned(string Sha256, string? Reason, string By) : RunEvent;

public sealed record CheckpointUnpinned(string Sha256, string By) : RunEvent;

/// <summary>A checkpoint is given up: from here on its file may be gone. What was recorded of it stays, its digest above all.</summary>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Reason">The rule under which it was not kept.</param>
public sealed record CheckpointDeleted(string Sha256, long Bytes, string Reason, string By) : RunEvent;

public sealed record RunCompleted : RunEvent;

/// <summary>The run ended in an error. <paramref name="Reason"/> is one line for people; <paramref name="Kind"/> the error's type.</summary>
public sealed record RunFailed(string Reason, string Kind) : RunEvent;

/// <summary>Somebody stopped the run.</summary>
public sealed record RunCancelled(string Reason) : RunEvent;

/// <summary>A run was run again from its record and compared. Recorded on both.</summary>
/// <param name="Original">The run that was to be reproduced.</param>
/// <param name="Reproduction">The run that tried.</param>
/// <param name="Deviations">By metric, the largest difference met and what was allowed; empty if everything was equal to the bit.</param>
/// <param name="Divergence">The first difference that was too large; null unless the verdict is <see cref="Verdict.Diverged"/>.</param>
public sealed record ReproductionJudged(
    string Original, string Reproduction, Verdict Verdict, IReadOnlyList<Deviation> Deviations, Divergence? Divergence) : RunEvent;
