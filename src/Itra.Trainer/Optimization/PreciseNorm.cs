using System.Numerics;
using Itra.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Optimization;

/// <summary>
/// Euclidean norm of a long float32 vector, summed in float64: a hundred million squares added up in float32 lose the digits by which
/// runs are compared. The result does not depend on the number of threads.
/// </summary>
internal static unsafe class PreciseNorm
{
    private const long Block = 1 << 18;

    /// <param name="values">(N) float32, contiguous</param>
    /// <param name="read">Brings a scalar from its device.</param>
    public static double Of(Tensor values, Func<Tensor, double> read) => values.device_type == DeviceType.CPU ? OnHost(values) : Math.Sqrt(read(SumOnDevice(values)));

    /// <summary>In pieces: the float64 copy of the whole would take twice its memory.</summary>
    internal static Tensor SumOnDevice(Tensor values)
    {
        const long Piece = 1 << 24;
        using var scope = NewDisposeScope();
        var sum = zeros([], ScalarType.Float64, values.device);
        foreach (var piece in values.split(Piece))
        {
            using var inner = NewDisposeScope();
            sum.Add(piece.to(ScalarType.Float64).square().sum());
        }
        return sum.MoveToOuterDisposeScope();
    }

    private static double OnHost(Tensor values)
    {
        var start = (float*)TensorMemory.Pointer(values);
        var length = values.numel();
        var sums = new double[(length + Block - 1) / Block];
        Parallel.For(0, sums.Length, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, get_num_threads()) },
            i => sums[i] = SumOfSquares(start + i * Block, (int)Math.Min(Block, length - i * Block)));
        GC.KeepAlive(values);
        var sum = 0.0;
        foreach (var part in sums) sum += part;
        return Math.Sqrt(sum);
    }

    private static double SumOfSquares(float* values, int count)
    {
        Vector<double> low = Vector<double>.Zero, high = Vector<double>.Zero;
        var i = 0;
        for (; i + Vector<float>.Count <= count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.Load(values + i), out var a, out var b);
            low += a * a;
            high += b * b;
        }
        var sum = Vector.Sum(low + high);
        for (; i < count; i++) sum += (double)values[i] * values[i];
        return sum;
    }
}
