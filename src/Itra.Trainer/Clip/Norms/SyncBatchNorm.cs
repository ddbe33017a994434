using Itra.Trainer.Distributed;
using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip.Norms;

/// <summary>The images of all ranks, of which each has as many: one exchange forward and one backward.</summary>
/// <param name="failure">Learns what goes wrong in backward.</param>
internal sealed class SyncBatchNorm(ICollective ranks, BackwardFailure failure) : IBatchNorm
{
    public Tensor Normalise(Tensor x, Tensor weight, Tensor bias, Tensor mean, Tensor variance)
    {
        var (batchMean, batchVariance) = Statistics(x);
        using (no_grad())
        {
            var images = ranks.WorldSize * (x.numel() / x.size(1));
            mean.MoveTowards(batchMean, IBatchNorm.Momentum);
            variance.MoveTowards(batchVariance.Times((double)images / (images - 1)), IBatchNorm.Momentum);
        }
        return SyncBatchNormFunction.Run(x, weight, bias, batchMean, batchVariance, ranks, failure);
    }

    /// <summary>Mean and variance (the biased one, (C) float32 each) over all ranks: each rank's about its own mean, and the spread of the means.</summary>
    private (Tensor Mean, Tensor Variance) Statistics(Tensor x)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (variance, mean) = var_mean(x.to(ScalarType.Float32), [0, 2, 3], unbiased: false);
        var all = ranks.Gather(stack([mean, variance]).unsqueeze(0)).to(ScalarType.Float64);                                // (W, 2, C)
        Tensor means = all.select(1, 0), variances = all.select(1, 1);
        var together = means.mean([0]);
        var spread = means.Plus(together, -1).square().mean([0]);
        return (together.to(ScalarType.Float32).MoveToOuterDisposeScope(), variances.mean([0]).Add(spread).to(ScalarType.Float32).MoveToOuterDisposeScope());
    }
}
