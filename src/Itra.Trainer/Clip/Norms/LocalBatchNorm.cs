using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Itra.Trainer.Clip.Norms;

/// <summary>All images that one device has at a time.</summary>
internal sealed class LocalBatchNorm : IBatchNorm
{
    public static LocalBatchNorm Instance { get; } = new();

    public Tensor Normalise(Tensor x, Tensor weight, Tensor bias, Tensor mean, Tensor variance) =>
        F.batch_norm(x, mean, variance, weight, bias, training: true, IBatchNorm.Momentum, IBatchNorm.Epsilon);
}
