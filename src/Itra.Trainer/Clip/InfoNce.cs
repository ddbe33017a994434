using Itra.Trainer.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Itra.Trainer.Clip;

/// <summary>Symmetric contrastive loss: every image picks its caption among the batch's, and the other way round. Source: Radford et al. 2021, figure 3.</summary>
internal static class InfoNce
{
    private const double NormEpsilon = 1e-12;

    /// <param name="image">(B, E), any length</param>
    /// <param name="text">(B, E), row i belongs to row i of <paramref name="image"/></param>
    /// <param name="logitScale">scalar; its exponential multiplies the cosines</param>
    /// <returns>scalar: mean of the two cross entropies, in nats</returns>
    public static Tensor Loss(Tensor image, Tensor text, Tensor logitScale)
    {
        var logits = Logits(image, text, logitScale);                   // (B, B)
        var own = Arithmetic.Indices(image.size(0), image.device);
        return F.cross_entropy(logits, own).Plus(F.cross_entropy(logits.t(), own)).DividedBy(2);
    }

    /// <returns>(images, texts): scaled cosines</returns>
    public static Tensor Logits(Tensor image, Tensor text, Tensor logitScale) =>
        logitScale.exp() * F.normalize(image, 2, -1, NormEpsilon).matmul(F.normalize(text, 2, -1, NormEpsilon).t());
}
