using Itra.Trainer.Data;

namespace Itra.Trainer.Clip;

/// <summary>Where in a training a checkpoint stands.</summary>
/// <param name="Epoch">Epochs completed.</param>
/// <param name="Begun">What is behind it of the epoch that has begun.</param>
/// <param name="BatchesPerEpoch">Batches an epoch takes.</param>
/// <param name="Step">Position in the schedule, which counts incomplete batches too.</param>
/// <param name="Updates">Optimizer updates that the run counts, those of the run it branches from included.</param>
internal sealed record CheckpointPosition(int Epoch, EpochPart Begun, int BatchesPerEpoch, long Step, long Updates)
{
    /// <summary>False if the evaluations of <see cref="Epoch"/> were given up: they are due before training goes on.</summary>
    public bool IsEvaluated { get; init; } = true;

    /// <summary>Lines of results.jsonl that are behind it.</summary>
    public int Results { get; init; }
}

/// <summary>The first batches of an epoch.</summary>
/// <param name="LossSum">Over their steps, added up in their order; null where it was not kept.</param>
/// <param name="Skipped">Samples that were left out of them.</param>
internal sealed record EpochPart(int Batches, double? LossSum, IReadOnlyList<SkippedSample> Skipped)
{
    public static readonly EpochPart None = new(0, 0, []);
}
