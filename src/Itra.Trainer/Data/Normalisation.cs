using Itra.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Data;

/// <summary>CLIP's pixel statistics (openai/CLIP), per channel of an image in 0..1.</summary>
internal static unsafe class Normalisation
{
    private const int Channels = 3, Levels = 256;

    public static readonly float[] Mean = [0.48145466f, 0.4578275f, 0.40821073f];
    public static readonly float[] StandardDeviation = [0.26862954f, 0.26130258f, 0.27577711f];

    // A byte has no more values than these: looking them up costs less than three operations on each pixel.
    private static readonly float[][] OfByte =
        [.. Enumerable.Range(0, Channels).Select(c => Enumerable.Range(0, Levels).Select(v => (v / 255f - Mean[c]) / StandardDeviation[c]).ToArray())];

    /// <summary>(B, S, S, 3) uint8 to (B, 3, S, S) float32: (v / 255 - mean) / standard deviation.</summary>
    /// <param name="device">Where the values are wanted; bytes travel, a quarter of the floats. Null for where the pixels are.</param>
    public static Tensor Normalise(Tensor pixels, Device? device = null)
    {
        if (pixels.dtype != ScalarType.Byte || pixels.dim() != 4 || pixels.shape[3] != Channels)
            throw new ArgumentException($"pixels must be (B, S, S, 3) uint8, not ({string.Join(", ", pixels.shape)}) {pixels.dtype}", nameof(pixels));

        if (device is not null && device.type != pixels.device_type)
        {
            using var there = pixels.to(device, non_blocking: true);
            return Normalise(there);
        }
        var values = empty([pixels.shape[0], Channels, pixels.shape[1], pixels.shape[2]], ScalarType.Float32, pixels.device);
        if (pixels.device_type == DeviceType.CPU && pixels.is_contiguous()) LookUp(pixels, values);
        else Compute(pixels, values);
        return values;
    }

    /// <param name="values">(B, 3, S, S) float32, filled.</param>
    internal static void Compute(Tensor pixels, Tensor values)
    {
        using var scope = NewDisposeScope();
        var mean = tensor(Mean, device: pixels.device).view(Channels, 1, 1);
        var deviation = tensor(StandardDeviation, device: pixels.device).view(Channels, 1, 1);
        values.copy_(pixels.permute(0, 3, 1, 2));
        values.Divide(255).sub_(mean).div_(deviation);
    }

    private static void LookUp(Tensor pixels, Tensor values)
    {
        var images = (int)pixels.shape[0];
        var area = (int)(pixels.shape[1] * pixels.shape[2]);
        byte* from = TensorMemory.Pointer(pixels);
        var to = (float*)TensorMemory.Pointer(values);
        if (images == 1 || get_num_threads() == 1)
            for (var i = 0; i < images; i++) LookUp(from + (long)i * area * Channels, area, to + (long)i * area * Channels);
        else
            Parallel.For(0, images, new() { MaxDegreeOfParallelism = get_num_threads() }, i => LookUp(from + (long)i * area * Channels, area, to + (long)i * area * Channels));
        GC.KeepAlive(pixels);
        GC.KeepAlive(values);
    }

    private static void LookUp(byte* pixel, int area, float* plane)
    {
        fixed (float* red = OfByte[0], green = OfByte[1], blue = OfByte[2])
        {
            for (var i = 0; i < area; i++, pixel += Channels, plane++)
            {
                plane[0] = red[pixel[0]];
                plane[area] = green[pixel[1]];
                plane[2 * (long)area] = blue[pixel[2]];
            }
        }
    }
}
