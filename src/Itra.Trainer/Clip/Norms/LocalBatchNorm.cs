using static TorchSharp.torch;

namespace Itra.Trainer.Clip.Norms;

/// <summary>All images that one device has at a time.</summary>
internal sealed class LocalBatchNorm(IKernels kernels) : IBatchNorm
{
    public static LocalBatchNorm Instance { get; } = new(TorchKernels.Instance);

    public Tensor Normalise(Tensor x, Tensor weight, Tensor bias, Tensor mean, Tensor variance) =>
        kernels.BatchNorm(x, mean, variance, weight, bias, batchStatistics: true, IBatchNorm.Momentum, IBatchNorm.Epsilon);
}
