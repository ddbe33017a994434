using Itra.Trainer.Distributed;
using Itra.Trainer.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

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
        var all = ranks.Gather(Own(x).unsqueeze(0)).to(ScalarType.Float64);                          // (W, 2, C)
        Tensor means = all.select(1, 0), variances = all.select(1, 1);
        var together = means.mean([0]);
        var spread = means.Plus(together, -1).square().mean([0]);
        return (together.to(ScalarType.Float32).MoveToOuterDisposeScope(), variances.mean([0]).Add(spread).to(ScalarType.Float32).MoveToOuterDisposeScope());
    }

    /// <summary>This rank's mean and biased variance, (2, C) float32.</summary>
    private static Tensor Own(Tensor x)
    {
        var (channels, count) = (x.size(1), x.numel() / x.size(1));
        Tensor mean = zeros([channels], ScalarType.Float32, x.device), variance = zeros([channels], ScalarType.Float32, x.device);
        if (count == 1) mean.copy_(x.view(channels));
        // With a momentum of 1 the running statistics become the batch's, several times as fast as a reduction over three dimensions.
        else F.batch_norm(x, mean, variance, training: true, momentum: 1, eps: IBatchNorm.Epsilon).Dispose();
        return stack([mean, variance.Times(Math.Max(1, count - 1) / (double)count)]);
    }
}
