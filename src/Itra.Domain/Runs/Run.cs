using System.Collections.Immutable;
using Itra.Domain.Training;

namespace Itra.Domain.Runs;

public enum RunStatus { Unknown, Registered, Running, Completed, Failed, Cancelled }

/// <summary>What has to be known of a run to decide on the next command: the fold of its events.</summary>
public sealed record Run
{
    public static readonly Run Unknown = new();

    public string Id { get; init; } = "";

    public RunStatus Status { get; init; }

    public RunSpec? Spec { get; init; }

    public RunStarted? Process { get; init; }

    /// <summary>Epochs completed.</summary>
    public int Epoch { get; init; }

    /// <summary>By metric, the last step of which a value is recorded.</summary>
    public ImmutableDictionary<string, long> LoggedUpTo { get; init; } = ImmutableDictionary<string, long>.Empty;

    public ModelInitialised? Model { get; init; }

    public TrainingPlanned? Plan { get; init; }

    /// <summary>By role.</summary>
    public ImmutableDictionary<string, DatasetFingerprint> Datasets { get; init; } = ImmutableDictionary<string, DatasetFingerprint>.Empty;

    /// <summary>By epoch, data set and weights.</summary>
    public ImmutableDictionary<(int Epoch, string Dataset, string Weights), RetrievalScores> Retrievals { get; init; } =
        ImmutableDictionary<(int, string, string), RetrievalScores>.Empty;

    /// <summary>Epoch, method, data set and weights of every classification.</summary>
    public ImmutableHashSet<(int Epoch, string Method, string Dataset, string Weights)> Classifications { get; init; } = [];

    /// <summary>Alpha, the trained weights' digest, those of the sets and of what was kept, of every WiSE-FT evaluation.</summary>
    public ImmutableHashSet<(double Alpha, string EndDigest, string Datasets, string? Kept)> WiseFts { get; init; } = [];

    public StartedFromCheckpoint? Checkpoint { get; init; }

    public ImmutableList<CheckpointSaved> Checkpoints { get; init; } = [];

    public ImmutableHashSet<(int Epoch, string? Role)> Skips { get; init; } = [];

    public bool HasEnded => Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Cancelled;

    public Run Evolve(RunEvent e) => e switch
    {
        RunRegistered r => this with { Id = r.RunId, Spec = r.Spec, Status = RunStatus.Registered },
        RunStarted s => this with { Process = s, Status = RunStatus.Running },
        DatasetFingerprinted d => this with { Datasets = Datasets.SetItem(d.Role, d.Dataset) },
        ModelInitialised m => this with { Model = m },
        TrainingPlanned p => this with { Plan = p },
        MetricsLogged m => this with { LoggedUpTo = LoggedUpTo.SetItems(m.Series.Select(s => KeyValuePair.Create(s.Name, m.FirstStep + m.Count - 1))) },
        SamplesSkipped s => this with { Skips = Skips.Add((s.Epoch, s.Role)) },
        EpochCompleted c => this with { Epoch = c.Epoch },
        RetrievalEvaluated r => this with { Retrievals = Retrievals.SetItem((r.Epoch, r.Dataset, r.Weights), r.Scores) },
        StartedFromCheckpoint c => this with { Checkpoint = c, Epoch = c.Epoch },
        ClassificationEvaluated c => this with { Classifications = Classifications.Add((c.Epoch, c.Method, c.Dataset, c.Weights)) },
        WiseFtEvaluated w => this with { WiseFts = WiseFts.Add((w.Alpha, w.EndDigest, DigestsOf(w.Datasets), w.Kept?.Sha256)) },
        CheckpointSaved c => this with { Checkpoints = Checkpoints.Add(c) },
        RunCompleted => this with { Status = RunStatus.Completed },
        RunFailed => this with { Status = RunStatus.Failed },
        RunCancelled => this with { Status = RunStatus.Cancelled },
        _ => this,
    };

    internal static string DigestsOf(IReadOnlyDictionary<string, string> datasets) => string.Join(' ', datasets.Values.Order(StringComparer.Ordinal));
}
