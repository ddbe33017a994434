using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Evaluation;

/// <summary>Products of rounded rows, and how far they can be from the scores. Its tensors belong to the scope that is open.</summary>
internal sealed class RoundedProducts
{
    // Far from where a score could overflow.
    private const double Longest = 1e15;

    private readonly Products products;
    private readonly Tensor texts, columns, buffer;
    private readonly int width;
    private readonly (double Length, double Error) images;

    public RoundedProducts(Products products)
    {
        this.products = products;
        width = (int)products.TextRows.size(1);
        texts = empty([products.Rows, width], ScalarType.BFloat16, CPU);
        buffer = empty([products.Rows, products.Images], ScalarType.BFloat16, CPU);
        var rounded = empty([products.Images, width], ScalarType.BFloat16, CPU);
        images = Round(products.ImageRows, 0, products.Images, rounded);
        columns = rounded.t();
    }

    /// <param name="bound">Every one of them lies, before it was itself rounded to bfloat16, within this distance of the score; null if nothing can be said.</param>
    /// <returns>(count, I) bfloat16</returns>
    /// <remarks>
    /// Let x and y be the rows, x' and y' the rounded ones, u = 2^-24, n their width. By Cauchy and Schwarz |xy - x'y'| is at most
    /// |x - x'| |y| + |x'| |y - y'|. Adding n products up in float32, in any order, loses at most 2nu |x||y| (twice the usual bound, for
    /// units that cut off instead of rounding), and this happens twice: here, and in the score itself. Units may also take numbers below
    /// 2^-126 for 0: n times, times a length.
    /// </remarks>
    public ReadOnlySpan<ushort> Block(int first, int count, out double? bound)
    {
        products.Cancellation.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        var some = Round(products.TextRows, first, count, texts);
        buffer.narrow(0, 0, count).addmm_(texts.narrow(0, 0, count), columns, beta: 0);

        double x = some.Length + some.Error, y = images.Length + images.Error;
        bound = x < Longest && y < Longest
            ? some.Error * images.Length + x * images.Error + 4 * width * Math.ScaleB(x * y, -24) + width * Math.ScaleB(1 + x + y, -125)
            : null;
        return TensorMemory.Bfloats(buffer)[..(count * products.Images)];
    }

    private (double Length, double Error) Round(Tensor from, int first, int count, Tensor to)
    {
        ReadOnlySpan<float> rows = TensorMemory.Floats(from);
        var rounded = TensorMemory.Bfloats(to);
        double length = 0, error = 0;
        for (var i = 0; i < count; i++)
        {
            // Math.Max keeps what is not a number.
            var one = Bfloat16Rows.Round(rows.Slice((first + i) * width, width), rounded.Slice(i * width, width));
            (length, error) = (Math.Max(length, one.Length), Math.Max(error, one.Error));
        }
        return (length, error);
    }
}
