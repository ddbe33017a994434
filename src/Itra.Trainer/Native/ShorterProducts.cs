using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Itra.Trainer.Native;

/// <summary>The matrix products of the towers, which autocast computes in the shorter type: also where it is done by hand.</summary>
internal static class ShorterProducts
{
    /// <summary>left (..., n, k), right (..., k, m): (..., n, m)</summary>
    public static Tensor Product(this Tensor left, Tensor right) => Autocast.Shorten(left).matmul(Autocast.Shorten(right));

    /// <summary>x (..., k), weight (m, k), bias (m): (..., m)</summary>
    /// <remarks>libtorch adds the bias within the product of matrices, and behind that of more dimensions, where nothing is shortened.</remarks>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor bias) => F.linear(Autocast.Shorten(x), Autocast.Shorten(weight), x.dim() == 2 ? Autocast.Shorten(bias) : bias);
}
