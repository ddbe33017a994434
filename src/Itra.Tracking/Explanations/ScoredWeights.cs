using Itra.Domain.Runs;

namespace Itra.Tracking.Explanations;

public enum WeightsFate
{
    /// <summary>A checkpoint holds them.</summary>
    Kept,

    /// <summary>They are those that the run started with.</summary>
    Starting,

    /// <summary>No checkpoint of that epoch was kept: the score cannot be measured again without training again.</summary>
    NotKept,
}

/// <summary>The weights that a score was computed on.</summary>
/// <param name="Epoch">Epochs they were trained.</param>
/// <param name="FileName">Of the checkpoint; null if there is none.</param>
/// <param name="Sha256">Of the checkpoint's file, or of the starting weights' tensors.</param>
/// <param name="InStore">Whether the artifact store still has the file; null if nobody looked.</param>
public sealed record ScoredWeights(WeightsFate Fate, int Epoch, long? Step = null, string? FileName = null, string? Sha256 = null, long? Bytes = null, bool? InStore = null)
{
    internal static ScoredWeights Of(Measurement measurement, RunRecord record, IReadOnlySet<string>? stored)
    {
        if (StartOf(record) is var start && start.Epoch == measurement.Epoch && !record.All<EpochCompleted>().Any(e => e.Epoch == measurement.Epoch))
            return start with { InStore = start.FileName is null ? null : stored?.Contains(start.Sha256!) };
        return CheckpointOf(measurement, record) is { } c
            ? new ScoredWeights(WeightsFate.Kept, c.Epoch, c.Updates ?? c.Step, c.FileName, c.Artifact.Sha256, c.Artifact.Bytes, stored?.Contains(c.Artifact.Sha256))
            : new ScoredWeights(WeightsFate.NotKept, measurement.Epoch);
    }

    private static ScoredWeights StartOf(RunRecord record) =>
        record.First<StartedFromCheckpoint>() is { } from ? new(WeightsFate.Starting, from.Epoch, from.Step, from.FileName, from.Sha256)
        : record.Registered?.Origin is { Kind: OriginKind.Branch } origin ? new(WeightsFate.Starting, origin.Epoch, origin.Updates, null, origin.CheckpointSha256)
        : new(WeightsFate.Starting, 0, 0, null, record.First<ModelInitialised>()?.WeightsDigest);

    /// <summary>The checkpoint of the end of that epoch, and of no later step: within the next epoch the weights are others.</summary>
    private static CheckpointSaved? CheckpointOf(Measurement measurement, RunRecord record)
    {
        EpochCompleted? ended = null;
        CheckpointSaved? found = null;
        foreach (var e in record.Events)
        {
            // Whatever was kept before a resumption from an earlier point belongs to what was superseded.
            if (e.Event is RunResumed r && r.SupersedesEpoch(measurement.Epoch) && !measurement.Superseded) (ended, found) = (null, null);
            if (e.Event is EpochCompleted c && c.Epoch == measurement.Epoch) ended ??= c;
            if (e.Event is CheckpointSaved k && ended is not null && IsOfTheEnd(k, ended, record)) found ??= k;
        }
        return found;
    }

    private static bool IsOfTheEnd(CheckpointSaved checkpoint, EpochCompleted ended, RunRecord record)
    {
        if (checkpoint.Epoch != ended.Epoch) return false;
        if (checkpoint.Updates is { } updates) return updates == ended.Step;
        // Before updates were recorded: a schedule's epoch has the planned steps, or one more for an incomplete batch.
        return record.First<TrainingPlanned>() is not { } plan || checkpoint.Step == (long)plan.StepsPerEpoch * ended.Epoch || checkpoint.Step == (plan.StepsPerEpoch + 1L) * ended.Epoch;
    }
}
