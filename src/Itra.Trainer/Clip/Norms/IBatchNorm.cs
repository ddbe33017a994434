using static TorchSharp.torch;

namespace Itra.Trainer.Clip.Norms;

/// <summary>Batch norm in training: which images are normalised together, by their own mean and variance.</summary>
internal interface IBatchNorm
{
    /// <summary>What is added to a variance before its root is taken.</summary>
    const double Epsilon = 1e-5;

    /// <summary>Share of the batch's statistics in the running ones after it.</summary>
    const double Momentum = 0.1;

    /// <summary>Normalises each channel over its images and places, and moves the running statistics.</summary>
    /// <param name="x">(B, C, H, W), float32 or bfloat16</param>
    /// <param name="weight">(C)</param>
    /// <param name="bias">(C)</param>
    /// <param name="mean">(C): running mean, moved in place</param>
    /// <param name="variance">(C): running variance, unbiased, moved in place</param>
    /// <returns>(B, C, H, W), of x's type</returns>
    Tensor Normalise(Tensor x, Tensor weight, Tensor bias, Tensor mean, Tensor variance);
}
