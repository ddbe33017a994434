using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Itra.Trainer.Clip;

/// <summary>Symmetric contrastive loss: every image picks its caption among the batch's, and the other way round. Source: Radford et al. 2021, figure 3.</summary>
internal static class InfoNce
{
    private const double NormEpsilon = 1e-12;

    /// <returns>(B, E): rows of length one</returns>
    public static Tensor UnitLength(Tensor features) => F.normalize(features, 2, -1, NormEpsilon);

    /// <param name="image">(I, E), any length</param>
    /// <param name="text">(T, E)</param>
    /// <param name="logitScale">scalar; its exponential multiplies the cosines</param>
    /// <returns>(I, T): scaled cosines</returns>
    public static Tensor Logits(Tensor image, Tensor text, Tensor logitScale) => logitScale.exp() * UnitLength(image).matmul(UnitLength(text).t());
}
