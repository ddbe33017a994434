using System.Runtime.Intrinsics;

namespace Itra.Trainer.Clip.Norms;

/// <summary>
/// Batch norm with what follows it, over (rows, channels) bfloat16: forward and backward are a pass of sums and a pass of values each.
/// Sums are float32 within a tile of rows and float64 over tiles.
/// </summary>
/// <param name="rows">Images times places.</param>
/// <param name="channels">A multiple of <see cref="Group"/>.</param>
/// <param name="relu">The result is ReLU of it.</param>
/// <param name="parts">Threads to divide the rows among.</param>
internal sealed unsafe class FusedNormKernel(long rows, int channels, bool relu, int parts)
{
    /// <summary>Channels that are summed at once: a line of the cache.</summary>
    public const int Group = 2 * ChannelVectors.Width;

    private const int Tile = 128;

    public long Rows => rows;

    public int Channels => channels;

    /// <summary>Values that <see cref="Statistics"/> and <see cref="GradientSums"/> need room for.</summary>
    public int SumsLength => 2 * channels * parts;

    /// <summary>Adds two sums over rows of <see cref="Group"/> channels, sixteen at a time, to four vectors.</summary>
    private delegate void TileSums(long first, long last, int channel, Vector512<float>* tile);

    /// <summary>Mean and variance (the biased one) of each channel.</summary>
    /// <param name="sums">Working memory.</param>
    public void Statistics(ushort* x, double* sums, double* mean, double* variance)
    {
        // About the first row: next to the square of a mean far from zero the variance would be lost.
        Sum(sums, (first, last, c, tile) =>
        {
            Vector512<float> origin = ChannelVectors.Load(x + c), origin1 = ChannelVectors.Load(x + c + ChannelVectors.Width);
            Vector512<float> sum = default, sum1 = default, square = default, square1 = default;
            for (ushort* row = x + first * channels + c, end = x + last * channels; row < end; row += channels)
            {
                Vector512<float> d = ChannelVectors.Load(row) - origin, d1 = ChannelVectors.Load(row + ChannelVectors.Width) - origin1;
                sum += d;
                sum1 += d1;
                square = Vector512.FusedMultiplyAdd(d, d, square);
                square1 = Vector512.FusedMultiplyAdd(d1, d1, square1);
            }
            (tile[0], tile[1], tile[2], tile[3]) = (sum, sum1, square, square1);
        });
        for (var c = 0; c < channels; c++)
        {
            var offset = sums[c] / rows;
            variance[c] = Math.Max(0, sums[channels + c] / rows - offset * offset);
            mean[c] = BitConverter.UInt32BitsToSingle((uint)x[c] << 16) + offset;
        }
    }

    /// <summary>y = scale · x + shift (+ shortcut), and ReLU of that.</summary>
    /// <param name="shortcut">Null for none.</param>
    public void Normalise(ushort* x, ushort* shortcut, float* scale, float* shift, ushort* y) => ForEachPart((_, first, last) =>
    {
        for (var row = first; row < last; row++)
        {
            var at = row * channels;
            for (var c = 0; c < channels; c += ChannelVectors.Width)
            {
                var value = Vector512.FusedMultiplyAdd(ChannelVectors.Load(x + at + c), Vector512.Load(scale + c), Vector512.Load(shift + c));
                if (shortcut != null) value += ChannelVectors.Load(shortcut + at + c);
                if (relu) value = Vector512.Max(value, Vector512<float>.Zero);
                ChannelVectors.Store(value, y + at + c);
            }
        }
    });

    /// <summary>With g the gradient before ReLU: sums of g and of g · (x - mean).</summary>
    /// <param name="y">The result, for where ReLU let through.</param>
    /// <param name="sums">Working memory; the first channels of it are the sums of g, the next those of the products.</param>
    public void GradientSums(ushort* x, ushort* y, ushort* gradient, float* mean, double* sums) => Sum(sums, (first, last, c, tile) =>
    {
        Vector512<float> centre = Vector512.Load(mean + c), centre1 = Vector512.Load(mean + c + ChannelVectors.Width);
        Vector512<float> sum = default, sum1 = default, product = default, product1 = default;
        for (long at = first * channels + c, end = last * channels; at < end; at += channels)
        {
            Vector512<float> g = Passed(y + at, gradient + at), g1 = Passed(y + at + ChannelVectors.Width, gradient + at + ChannelVectors.Width);
            sum += g;
            sum1 += g1;
            product = Vector512.FusedMultiplyAdd(g, ChannelVectors.Load(x + at) - centre, product);
            product1 = Vector512.FusedMultiplyAdd(g1, ChannelVectors.Load(x + at + ChannelVectors.Width) - centre1, product1);
        }
        (tile[0], tile[1], tile[2], tile[3]) = (sum, sum1, product, product1);
    });

    /// <summary>By x: factor · g + slope · x + offset; by the shortcut: g.</summary>
    /// <param name="byShortcut">Null if there is none.</param>
    public void Gradients(ushort* x, ushort* y, ushort* gradient, float* factor, float* slope, float* offset, ushort* byX, ushort* byShortcut) => ForEachPart((_, first, last) =>
    {
        for (var row = first; row < last; row++)
        {
            var at = row * channels;
            for (var c = 0; c < channels; c += ChannelVectors.Width)
            {
                var g = Passed(y + at + c, gradient + at + c);
                var centred = Vector512.FusedMultiplyAdd(ChannelVectors.Load(x + at + c), Vector512.Load(slope + c), Vector512.Load(offset + c));
                ChannelVectors.Store(Vector512.FusedMultiplyAdd(g, Vector512.Load(factor + c), centred), byX + at + c);
                if (byShortcut != null) ChannelVectors.Store(g, byShortcut + at + c);
            }
        }
    });

    private Vector512<float> Passed(ushort* y, ushort* gradient)
    {
        var g = ChannelVectors.Load(gradient);
        return relu ? Vector512.ConditionalSelect(Vector512.GreaterThan(ChannelVectors.Load(y), Vector512<float>.Zero), g, Vector512<float>.Zero) : g;
    }

    // Sums of the first part, in the end of all parts: those of each channel, then the others.
    private void Sum(double* sums, TileSums ofTile)
    {
        new Span<double>(sums, SumsLength).Clear();
        ForEachPart((part, start, end) =>
        {
            var tile = stackalloc Vector512<float>[4];
            var sumsOfPart = sums + 2L * channels * part;
            for (; start < end; start += Tile)
            {
                for (var c = 0; c < channels; c += Group)
                {
                    ofTile(start, Math.Min(start + Tile, end), c, tile);
                    Add(tile, sumsOfPart + c);
                    Add(tile + 2, sumsOfPart + channels + c);
                }
            }
        });
        for (var i = 2 * channels; i < SumsLength; i++) sums[i % (2 * channels)] += sums[i];
    }

    // Two vectors.
    private static void Add(Vector512<float>* sums, double* to)
    {
        for (var i = 0; i < 2; i++, to += ChannelVectors.Width)
        {
            var (lower, upper) = Vector512.Widen(sums[i]);
            (Vector512.Load(to) + lower).Store(to);
            (Vector512.Load(to + ChannelVectors.Width / 2) + upper).Store(to + ChannelVectors.Width / 2);
        }
    }

    /// <summary>Which rows are a part depends on nothing but their number and that of the parts, so that sums are the same every time.</summary>
    private void ForEachPart(Action<int, long, long> act)
    {
        if (parts == 1) act(0, 0, rows);
        else new Crew(parts, part => act(part, rows * part / parts, rows * (part + 1) / parts)).Work();
    }
}
