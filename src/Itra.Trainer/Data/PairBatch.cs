using static TorchSharp.torch;

namespace Itra.Trainer.Data;

/// <summary>Images and one caption of each.</summary>
/// <param name="Pixels">(B, S, S, 3) uint8; see <see cref="Normalisation"/>. Empty where images are not asked for.</param>
/// <param name="Tokens">(B, L) int64</param>
/// <param name="Samples">Which items of the data set these are.</param>
/// <param name="Captions">Which caption of each was drawn.</param>
internal sealed record PairBatch(Tensor Pixels, Tensor Tokens, IReadOnlyList<int> Samples, IReadOnlyList<int> Captions) : IDisposable
{
    public void Dispose()
    {
        Pixels.Dispose();
        Tokens.Dispose();
    }
}
