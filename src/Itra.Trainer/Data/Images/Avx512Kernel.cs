using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Itra.Trainer.Data.Images;

/// <summary>32 rows at a time; of fewer four taps, or sixteen bytes of a row.</summary>
internal sealed unsafe class Avx512Kernel : ResampleKernel
{
    // Four pixels of three bytes, each widened to four; the fourth is never stored.
    private static readonly Vector128<byte> SpreadRgb = Vector128.Create((byte)0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12);
    private static readonly Vector512<int> TapOfLane = Vector512.Create(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);

    public static bool IsSupported => Avx512F.IsSupported && Avx512BW.IsSupported && Ssse3.IsSupported;

    public override void Row(byte* source, int channels, ResampleWeights weights, byte* destination)
    {
        var spread = channels == 3 ? SpreadRgb : Vector128<byte>.Indices;
        var half = Vector128.Create(ResampleWeights.Half);
        var tapOfLane = TapOfLane;
        int groups = weights.Taps / 4, step = channels * 4;
        ref int first = ref MemoryMarshal.GetArrayDataReference(weights.First);
        fixed (int* allTaps = weights.Weights)
        {
            int* taps = allTaps;
            for (int x = 0; x < weights.Count; x++, destination += channels)
            {
                byte* pixels = source + Unsafe.Add(ref first, x) * channels;
                var sum = Vector512<int>.Zero;
                for (int g = 0; g < groups; g++, pixels += step, taps += 4)
                {
                    var values = Avx512F.ConvertToVector512Int32(Ssse3.Shuffle(Vector128.Load(pixels), spread));
                    var weight = Avx512F.PermuteVar16x32(Vector128.Load(taps).ToVector256Unsafe().ToVector512Unsafe(), tapOfLane);
                    sum += values * weight;
                }
                var quarter = sum.GetLower() + sum.GetUpper();
                var pixel = (quarter.GetLower() + quarter.GetUpper() + half) >> ResampleWeights.FractionBits;
                var words = Sse2.PackSignedSaturate(pixel, pixel);
                *(uint*)destination = Sse2.PackUnsignedSaturate(words, words).AsUInt32().ToScalar();
            }
        }
    }

    public override void Rows(byte* source, int pitch, int count, int channels, ResampleWeights weights, byte* destination, PixelBuffer scratch)
    {
        int row = weights.Count * channels, start = weights.First[0] * channels, columns = weights.End * channels - start;
        var y = 0;
        if (row >= RowBlock.Columns)
        {
            var turned = checked((columns + RowBlock.Columns) * RowBlock.Rows);
            scratch.Reserve(checked(turned + row * RowBlock.Rows));
            byte* from = scratch.Data, sums = from + turned;
            for (; y + RowBlock.Rows <= count; y += RowBlock.Rows)
            {
                RowBlock.ToColumns(source + (long)y * pitch + start, pitch, columns, from);
                Across(from, channels, weights, sums);
                RowBlock.ToRows(sums, row, destination + y * row, row);
            }
        }
        base.Rows(source + (long)y * pitch, pitch, count - y, channels, weights, destination + y * row, scratch);
    }

    // Of columns of 32 bytes, the first of which is the first that has a weight.
    private static void Across(byte* columns, int channels, ResampleWeights weights, byte* destination)
    {
        var pitch = channels * RowBlock.Rows;
        fixed (int* first = weights.First, allTaps = weights.Weights)
        {
            var taps = allTaps;
            for (var x = 0; x < weights.Count; x++, taps += weights.Taps)
            {
                var used = weights.Taps;
                while (used > 1 && taps[used - 1] == 0) used--;         // those that only fill up may lie behind the last column
                var column = columns + (first[x] - first[0]) * pitch;
                for (var end = column + pitch; column < end; column += RowBlock.Rows, destination += RowBlock.Rows)
                {
                    Vector512<int> low = Vector512.Create(ResampleWeights.Half), high = low;
                    var values = column;
                    for (var t = 0; t < used; t++, values += pitch)
                    {
                        var factor = Vector512.Create(taps[t]);
                        low += Avx512F.ConvertToVector512Int32(Vector128.Load(values)) * factor;
                        high += Avx512F.ConvertToVector512Int32(Vector128.Load(values + 16)) * factor;
                    }
                    Narrow(low).Store(destination);
                    Narrow(high).Store(destination + 16);
                }
            }
        }
    }

    public override void Column(byte* source, int pitch, ReadOnlySpan<int> weights, byte* destination, int length)
    {
        int i = 0;
        for (; i + 32 <= length; i += 32)
        {
            Vector512<int> low = Vector512.Create(ResampleWeights.Half), high = low;
            byte* values = source + i;
            foreach (int weight in weights)
            {
                var factor = Vector512.Create(weight);
                low += Avx512F.ConvertToVector512Int32(Vector128.Load(values)) * factor;
                high += Avx512F.ConvertToVector512Int32(Vector128.Load(values + 16)) * factor;
                values += pitch;
            }
            Narrow(low).Store(destination + i);
            Narrow(high).Store(destination + i + 16);
        }
        for (; i < length; i++)
        {
            int sum = ResampleWeights.Half;
            for (int t = 0; t < weights.Length; t++) sum += source[i + t * pitch] * weights[t];
            destination[i] = Clip(sum);
        }
    }

    private static Vector128<byte> Narrow(Vector512<int> sum) =>
        Avx512F.ConvertToVector128ByteWithSaturation(Vector512.Max(sum >> ResampleWeights.FractionBits, Vector512<int>.Zero).AsUInt32());
}
