using System.Collections.Immutable;
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

    /// <summary>The best mean recall of each epoch that was evaluated, in order.</summary>
    public ImmutableList<EpochRecall> Recalls { get; init; } = [];
    public int Checkpoints { get; init; }
    public string? FailureReason { get; init; }

    /// <summary>How often it was resumed.</summary>
    public int Resumptions { get; init; }

    /// <summary>The run it was made from.</summary>
    public RunOrigin? Origin { get; init; }

    /// <summary>What the last comparison of this run with a reproduction, or with its original, came to.</summary>
    public Verdict? Verdict { get; init; }

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
        (_, RetrievalEvaluated r) => run.Recalling(run.Recalls.Add(new EpochRecall(r.Epoch, r.Scores.MeanRecall))),
        (_, RunResumed r) => Resumed(run, r),
        (_, ReproductionJudged j) => run with { Verdict = j.Verdict },
        (_, CheckpointSaved) => run with { Checkpoints = run.Checkpoints + 1 },
        (_, RunCompleted) => run with { Status = RunStatus.Completed, EndedAt = e.At },
        (_, RunFailed f) => run with { Status = RunStatus.Failed, EndedAt = e.At, FailureReason = f.Reason },
        (_, RunCancelled c) => run with { Status = RunStatus.Cancelled, EndedAt = e.At, FailureReason = c.Reason },
        _ => run,
    };

    private static RunSummary Registered(RunRegistered r) =>
        new(r.RunId, r.Spec.Name, r.Spec.Experiment, r.Spec.Trainer, RunStatus.Registered, r.At, LogOf(r.Spec, r.Provenance)) { Seed = r.Spec.Seed, Origin = r.Origin, Epoch = r.Origin?.Epoch ?? 0 };

    private static RunSummary Resumed(RunSummary run, RunResumed r) => (run with
    {
        Status = RunStatus.Running, EndedAt = null, FailureReason = null, Host = r.Host, ProcessId = r.ProcessId, ProcessStartedAt = r.ProcessStartedAt,
        StartedAt = run.StartedAt ?? r.At, Resumptions = run.Resumptions + 1,
        Epoch = r.CheckpointSha256 is null ? run.Origin?.Epoch ?? 0 : r.Epoch,
        LastStep = r.Updates > 0 ? r.Updates - 1 : null,
        // Of an earlier epoch they are no longer known here; the next epoch tells them again.
        LastLoss = r.Epoch == run.Epoch ? run.LastLoss : null, LearningRate = r.Epoch == run.Epoch ? run.LearningRate : null,
    }).Recalling(run.Recalls.RemoveAll(x => r.SupersedesEpoch(x.Epoch)));

    /// <summary>Of equal recalls, the earliest is the best.</summary>
    private RunSummary Recalling(ImmutableList<EpochRecall> recalls)
    {
        EpochRecall? best = null;
        foreach (var recall in recalls)
            if (best is null || !(recall.MeanRecall <= best.MeanRecall)) best = recall;
        return this with { Recalls = recalls, BestMeanRecall = best?.MeanRecall, BestEpoch = best?.Epoch };
    }

    private static string? LogOf(RunSpec spec, Provenance provenance) =>
        spec.Config.GetValueOrDefault("logs") is { Length: > 0 } logs ? Path.Combine(provenance.WorkingDirectory, logs, spec.Name, "out.log") : null;
}

public sealed record EpochRecall(int Epoch, double MeanRecall);

internal sealed class RunSummaryProjection : SingleStreamProjection<RunSummary, string>
{
    public override RunSummary? Evolve(RunSummary? snapshot, string id, IEvent e) => e.Data is RunEvent told ? RunSummary.Fold(snapshot, told) : snapshot;
}
