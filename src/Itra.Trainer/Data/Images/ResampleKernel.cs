using System.Runtime.Intrinsics.X86;
using Itra.Trainer.Native;

namespace Itra.Trainer.Data.Images;

/// <summary>
/// The inner loops of a separable resize in integers. Every kernel gives the same bytes: sums are exact, so their order does not matter.
/// </summary>
internal abstract unsafe class ResampleKernel
{
    private static readonly Lazy<FastPath> path = new(() => FastPath.Of("resize-kernels", $"images are resized with {(Avx512Kernel.IsSupported ? "AVX-512" : "AVX2")}", "with what .NET has for every processor", () =>
        Avx512Kernel.IsSupported || Avx2.IsSupported ? null : "this processor has no AVX2"));

    /// <summary>The fastest kernel of this machine.</summary>
    public static ResampleKernel Fastest { get; } =
        !Path.IsUsed ? new PortableKernel() : Avx512Kernel.IsSupported ? new Avx512Kernel() : new Avx2Kernel();

    public static FastPath Path => path.Value;

    /// <summary>
    /// One row of pixels becomes <c>weights.Count</c> pixels. May read up to <see cref="PixelBuffer.Slack"/> bytes behind the source and
    /// write up to 4 bytes behind the destination.
    /// </summary>
    public abstract void Row(byte* source, int channels, ResampleWeights weights, byte* destination);

    /// <summary>The same for <paramref name="count"/> rows; those of the destination follow each other without gaps.</summary>
    /// <param name="scratch">Room that this thread keeps for it.</param>
    public virtual void Rows(byte* source, int pitch, int count, int channels, ResampleWeights weights, byte* destination, PixelBuffer scratch)
    {
        for (var y = 0; y < count; y++) Row(source + (long)y * pitch, channels, weights, destination + y * weights.Count * channels);
    }

    /// <summary>
    /// A weighted sum of rows of bytes: row i of the sum starts at <c>source + i * pitch</c>. May read behind a row, within the slack.
    /// </summary>
    public abstract void Column(byte* source, int pitch, ReadOnlySpan<int> weights, byte* destination, int length);

    protected static byte Clip(int sum) => (byte)Math.Clamp(sum >> ResampleWeights.FractionBits, 0, 255);
}
