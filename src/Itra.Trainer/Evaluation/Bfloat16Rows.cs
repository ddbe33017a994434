using System.Numerics;
using System.Runtime.Intrinsics.X86;

namespace Itra.Trainer.Evaluation;

/// <summary>Rows of float32 in half their length, and how far rounding took them.</summary>
internal static class Bfloat16Rows
{
    private const int Dropped = 16;

    /// <summary>Whether the processor multiplies bfloat16, several times as fast as float32.</summary>
    public static bool AreFast { get; } = X86Base.IsSupported && X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;

    /// <summary>Rounds to the nearest bfloat16, to the even one of two.</summary>
    /// <returns>
    /// The row's Euclidean length, and that of what rounding took away: not less than they are, about 0.1 % more, and not finite if an element is
    /// not or its square overflows.
    /// </returns>
    public static (double Length, double Error) Round(ReadOnlySpan<float> row, Span<ushort> rounded)
    {
        var width = Vector<float>.Count;
        Vector<float> squares = Vector<float>.Zero, errors = Vector<float>.Zero;
        var i = 0;
        for (; i + 2 * width <= row.Length; i += 2 * width)
            Vector.Narrow(Upper(new(row[i..]), ref squares, ref errors), Upper(new(row[(i + width)..]), ref squares, ref errors)).CopyTo(rounded[i..]);
        double square = Vector.Sum(squares), error = Vector.Sum(errors);
        for (; i < row.Length; i++)
        {
            rounded[i] = (ushort)Upper(BitConverter.SingleToUInt32Bits(row[i]));
            double lost = row[i] - BitConverter.UInt32BitsToSingle((uint)rounded[i] << Dropped);
            square += (double)row[i] * row[i];
            error += lost * lost;
        }
        // 1.001 for the roundings of the sums; of an element below 2^-63 nothing may be left of its square.
        var vanished = Math.Sqrt(row.Length) * Math.ScaleB(1, -60);
        return (1.001 * Math.Sqrt(square) + vanished, 1.001 * Math.Sqrt(error) + vanished);
    }

    public static void Widen(ReadOnlySpan<ushort> row, Span<float> wide)
    {
        var i = 0;
        for (; i + Vector<ushort>.Count <= row.Length; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(row[i..]), out var first, out var second);
            Vector.AsVectorSingle(first << Dropped).CopyTo(wide[i..]);
            Vector.AsVectorSingle(second << Dropped).CopyTo(wide[(i + Vector<float>.Count)..]);
        }
        for (; i < row.Length; i++) wide[i] = BitConverter.UInt32BitsToSingle((uint)row[i] << Dropped);
    }

    /// <summary>The least bfloat16 that is not below a finite value.</summary>
    public static float Ceiling(double value)
    {
        var single = (float)value;
        if (single < value) single = MathF.BitIncrement(single);
        var bits = BitConverter.SingleToUInt32Bits(single);
        const uint Rest = (1u << Dropped) - 1;
        if ((bits & Rest) == 0) return single;
        return BitConverter.UInt32BitsToSingle(single < 0 ? bits & ~Rest : (bits | Rest) + 1);
    }

    /// <summary>The greatest bfloat16 that is not above a finite value.</summary>
    public static float Floor(double value) => -Ceiling(-value);

    private static uint Upper(uint bits) => (bits + 0x7fff + ((bits >> Dropped) & 1)) >> Dropped;

    private static Vector<uint> Upper(Vector<float> values, ref Vector<float> squares, ref Vector<float> errors)
    {
        var bits = Vector.AsVectorUInt32(values);
        var upper = (bits + new Vector<uint>(0x7fff) + ((bits >> Dropped) & Vector<uint>.One)) >> Dropped;
        var lost = values - Vector.AsVectorSingle(upper << Dropped);
        squares += values * values;
        errors += lost * lost;
        return upper;
    }
}
