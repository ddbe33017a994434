using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Itra.Trainer.Data.Images;

/// <summary>Two taps, or eight bytes of a row, at a time.</summary>
internal sealed unsafe class Avx2Kernel : ResampleKernel
{
    private static readonly Vector128<byte> SpreadRgb = Vector128.Create((byte)0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12);
    private static readonly Vector256<int> TapOfLane = Vector256.Create(0, 0, 0, 0, 1, 1, 1, 1);

    public override void Row(byte* source, int channels, ResampleWeights weights, byte* destination)
    {
        var spread = channels == 3 ? SpreadRgb : Vector128<byte>.Indices;
        var half = Vector128.Create(ResampleWeights.Half);
        var tapOfLane = TapOfLane;
        int pairs = weights.Taps / 2, step = channels * 2;
        fixed (int* allTaps = weights.Weights)
        {
            int* taps = allTaps;
            for (int x = 0; x < weights.Count; x++, destination += channels)
            {
                byte* pixels = source + weights.First[x] * channels;
                var sum = Vector256<int>.Zero;
                for (int g = 0; g < pairs; g++, pixels += step, taps += 2)
                {
                    var values = Avx2.ConvertToVector256Int32(Ssse3.Shuffle(Vector128.CreateScalarUnsafe(*(ulong*)pixels).AsByte(), spread));
                    var weight = Avx2.PermuteVar8x32(Vector256.CreateScalarUnsafe(*(long*)taps).AsInt32(), tapOfLane);
                    sum += values * weight;
                }
                var pixel = (sum.GetLower() + sum.GetUpper() + half) >> ResampleWeights.FractionBits;
                var words = Sse2.PackSignedSaturate(pixel, pixel);
                *(uint*)destination = Sse2.PackUnsignedSaturate(words, words).AsUInt32().ToScalar();
            }
        }
    }

    public override void Column(byte* source, int pitch, ReadOnlySpan<int> weights, byte* destination, int length)
    {
        int i = 0;
        for (; i + 16 <= length; i += 16)
        {
            Vector256<int> low = Vector256.Create(ResampleWeights.Half), high = low;
            byte* values = source + i;
            foreach (int weight in weights)
            {
                var factor = Vector256.Create(weight);
                low += Avx2.ConvertToVector256Int32(values) * factor;
                high += Avx2.ConvertToVector256Int32(values + 8) * factor;
                values += pitch;
            }
            Narrow(low, high).Store(destination + i);
        }
        for (; i < length; i++)
        {
            int sum = ResampleWeights.Half;
            for (int t = 0; t < weights.Length; t++) sum += source[i + t * pitch] * weights[t];
            destination[i] = Clip(sum);
        }
    }

    // Packing works within halves of a vector; the permutation puts the quarters back in order.
    private static Vector128<byte> Narrow(Vector256<int> low, Vector256<int> high)
    {
        var words = Avx2.PackSignedSaturate(low >> ResampleWeights.FractionBits, high >> ResampleWeights.FractionBits);
        var ordered = Avx2.Permute4x64(words.AsInt64(), 0b11_01_10_00).AsInt16();
        return Sse2.PackUnsignedSaturate(ordered.GetLower(), ordered.GetUpper());
    }
}
