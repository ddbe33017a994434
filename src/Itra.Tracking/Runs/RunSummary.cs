using Itra.Domain.Runs;
using Itra.Domain.Training;
using JasperFx.Events;
using Marten.Events.Aggregation;

namespace Itra.Tracking.Runs;

/// <summary>A run on one line: what it is and how far it came.</summary>
/// <param name="LogFile">Where its process writes its log, if its settings say so.</param>
public sealed record RunSummary(string Id, string Name, string Experiment, string Trainer, RunStatus Status, DateTimeOffset RegisteredAt, string? LogFile)
{
    public int Seed { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }
    public string? Host { get; init; }
    public int? ProcessId { get; init; }
    public DateTimeOffset? ProcessStartedAt { get; init; }

    /// <summary>Epochs completed.</summary>
    public int Epoch { get; init; }
    public int? EpochsPlanned { get; init; }
    public long? LastStep { get; init; }

    /// <summary>Mean over the last epoch completed.</summary>
    public double? LastLoss { get; init; }
    public double? LearningRate { get; init; }
    public long? TotalParameters { get; init; }
    public long? TrainableParameters { get; init; }
    public double? BestMeanRecall { get; init; }
    public int? BestEpoch { get; init; }
    public int Checkpoints { get; init; }
    public string? FailureReason { get; init; }

    public static RunSummary? Fold(RunSummary? run, RunEvent e) => (run, e) switch
    {
        (null, RunRegistered r) => Registered(r),
        (null, _) => null,
        (_, RunStarted s) => run with
        {
            Status = RunStatus.Running, StartedAt = s.At, Host = s.Host, ProcessId = s.ProcessId, ProcessStartedAt = s.ProcessStartedAt,
        },
        (_, ModelInitialised m) => run with { TotalParameters = m.Total.Total, TrainableParameters = m.Total.Trainable },
        (_, TrainingPlanned p) => run with { EpochsPlanned = p.Epochs },
        (_, StartedFromCheckpoint c) => run with { Epoch = c.Epoch },
        (_, MetricsLogged m) => run with { LastStep = m.FirstStep + m.Count - 1 },
        (_, EpochCompleted c) => run with { Epoch = c.Epoch, LastLoss = c.Loss, LearningRate = c.LearningRate },
        (_, RetrievalEvaluated r) when !(r.Scores.MeanRecall <= run.BestMeanRecall) => run with { BestMeanRecall = r.Scores.MeanRecall, BestEpoch = r.Epoch },
        (_, CheckpointSaved) => run with { Checkpoints = run.Checkpoints + 1 },
        (_, RunCompleted) => run with { Status = RunStatus.Completed, EndedAt = e.At },
        (_, RunFailed f) => run with { Status = RunStatus.Failed, EndedAt = e.At, FailureReason = f.Reason },
        (_, RunCancelled c) => run with { Status = RunStatus.Cancelled, EndedAt = e.At, FailureReason = c.Reason },
        _ => run,
    };

    private static RunSummary Registered(RunRegistered r) =>
        new(r.RunId, r.Spec.Name, r.Spec.Experiment, r.Spec.Trainer, RunStatus.Registered, r.At, LogOf(r.Spec, r.Provenance)) { Seed = r.Spec.Seed };

    private static string? LogOf(RunSpec spec, Provenance provenance) =>
        spec.Config.GetValueOrDefault("logs") is { Length: > 0 } logs ? Path.Combine(provenance.WorkingDirectory, logs, spec.Name, "out.log") : null;
}

internal sealed class RunSummaryProjection : SingleStreamProjection<RunSummary, string>
{
    public override RunSummary? Evolve(RunSummary? snapshot, string id, IEvent e) => RunSummary.Fold(snapshot, (RunEvent)e.Data);
}
