using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Itra.Trainer.Clip.Norms;

/// <summary>
/// Groups of so many images one after another, as devices with batches of that size would normalise them. The first group alone moves the
/// running statistics: of several devices, the first one's are kept. Source: Hoffer et al. 2017, "Train longer, generalize better".
/// </summary>
/// <param name="images">In a group; what is left over is a smaller one.</param>
internal sealed class GhostBatchNorm(int images) : IBatchNorm
{
    public Tensor Normalise(Tensor x, Tensor weight, Tensor bias, Tensor mean, Tensor variance)
    {
        if (x.size(0) <= images) return LocalBatchNorm.Instance.Normalise(x, weight, bias, mean, variance);
        return cat([.. x.split(images).Select((group, i) =>
            F.batch_norm(group, i == 0 ? mean : null, i == 0 ? variance : null, weight, bias, training: true, IBatchNorm.Momentum, IBatchNorm.Epsilon))]);
    }
}
