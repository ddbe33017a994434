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

    /// <summary>How often it was taken up again.</summary>
    public int Resumptions { get; init; }

    /// <summary>SHA-256 of the checkpoint that the last resumption went on from.</summary>
    public string? ResumedFrom { get; init; }

    /// <summary>Epochs completed.</summary>
    public int Epoch { get; init; }

    /// <summary>By metric, the last step of which a value is recorded.</summary>
    public ImmutableDictionary<string, long> LoggedUpTo { get; init; } = ImmutableDictionary<string, long>.Empty;

    public ModelInitialised? Model { get; init; }

    /// <summary>Files that were read, by role.</summary>
    public ImmutableDictionary<string, InputFingerprinted> Inputs { get; init; } = ImmutableDictionary<string, InputFingerprinted>.Empty;

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

    /// <summary>Those that the run as it stands has saved, whether their files are still kept or not.</summary>
    public ImmutableList<CheckpointSaved> Checkpoints { get; init; } = [];

    /// <summary>By digest, the fate of every checkpoint that was ever saved.</summary>
    public ImmutableDictionary<string, CheckpointFate> Fates { get; init; } = ImmutableDictionary<string, CheckpointFate>.Empty;

    public ImmutableHashSet<(int Epoch, string? Role)> Skips { get; init; } = [];

    /// <summary>Original and reproduction of every comparison this run took part in.</summary>
    public ImmutableHashSet<(string Original, string Reproduction)> Reproductions { get; init; } = [];

    public bool HasEnded => Status is RunStatus.Completed or RunStatus.Failed or RunStatus.Cancelled;

    public Run Evolve(RunEvent e) => e switch
    {
        RunRegistered r => this with { Id = r.RunId, Spec = r.Spec, Status = RunStatus.Registered },
        RunStarted s => this with { Process = s, Status = RunStatus.Running },
        RunResumed r => Rewind(r),
        InputFingerprinted i => this with { Inputs = Inputs.SetItem(i.Role, i) },
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
        CheckpointSaved c => this with { Checkpoints = Checkpoints.Add(c), Fates = CheckpointFate.After(c, Fates) },
        CheckpointPinned or CheckpointUnpinned or CheckpointDeleted => this with { Fates = CheckpointFate.After(e, Fates) },
        RunCompleted => this with { Status = RunStatus.Completed },
        RunFailed => this with { Status = RunStatus.Failed },
        RunCancelled => this with { Status = RunStatus.Cancelled },
        ReproductionJudged j => this with { Reproductions = Reproductions.Add((j.Original, j.Reproduction)) },
        _ => this,
    };

    /// <summary>What was recorded after the point it goes on from may be recorded again, and need not come out the same.</summary>
    private Run Rewind(RunResumed r) => this with
    {
        Status = RunStatus.Running,
        Process = new RunStarted(r.Host, r.ProcessId, r.ProcessStartedAt) { At = r.At },
        Resumptions = Resumptions + 1,
        ResumedFrom = r.CheckpointSha256,
        // Without one of its own, a branch starts over from the other run's.
        Epoch = r.CheckpointSha256 is null ? Checkpoint?.Epoch ?? 0 : r.Epoch,
        LoggedUpTo = LoggedUpTo.SetItems(LoggedUpTo.Select(l => KeyValuePair.Create(l.Key, Math.Min(l.Value, r.Updates - 1)))),
        Retrievals = Retrievals.RemoveRange(Retrievals.Keys.Where(k => r.SupersedesEpoch(k.Epoch))),
        Classifications = Classifications.Except(Classifications.Where(c => r.SupersedesEpoch(c.Epoch))),
        Checkpoints = Checkpoints.GetRange(0, Checkpoints.FindIndex(k => k.Artifact.Sha256 == r.CheckpointSha256) + 1),
        Skips = Skips.Except(Skips.Where(s => r.SupersedesEpoch(s.Epoch))),
    };

    internal static string DigestsOf(IReadOnlyDictionary<string, string> datasets) => string.Join(' ', datasets.Values.Order(StringComparer.Ordinal));
}
