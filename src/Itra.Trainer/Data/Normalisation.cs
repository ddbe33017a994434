using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Data;

/// <summary>CLIP's pixel statistics (openai/CLIP), per channel of an image in 0..1.</summary>
internal static class Normalisation
{
    public static readonly float[] Mean = [0.48145466f, 0.4578275f, 0.40821073f];
    public static readonly float[] StandardDeviation = [0.26862954f, 0.26130258f, 0.27577711f];

    /// <summary>(B, S, S, 3) uint8 to (B, 3, S, S) float32 on the same device: (v / 255 - mean) / standard deviation.</summary>
    public static Tensor Normalise(Tensor pixels)
    {
        if (pixels.dtype != ScalarType.Byte || pixels.dim() != 4 || pixels.shape[3] != 3)
            throw new ArgumentException($"pixels must be (B, S, S, 3) uint8, not ({string.Join(", ", pixels.shape)}) {pixels.dtype}", nameof(pixels));

        using var scope = NewDisposeScope();
        var mean = tensor(Mean, device: pixels.device).view(3, 1, 1);
        var deviation = tensor(StandardDeviation, device: pixels.device).view(3, 1, 1);
        var values = empty([pixels.shape[0], 3, pixels.shape[1], pixels.shape[2]], ScalarType.Float32, pixels.device);
        values.copy_(pixels.permute(0, 3, 1, 2));
        return values.Divide(255).sub_(mean).div_(deviation).MoveToOuterDisposeScope();
    }
}
