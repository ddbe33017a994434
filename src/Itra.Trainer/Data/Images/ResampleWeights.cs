namespace Itra.Trainer.Data.Images;

/// <summary>
/// For a run of output pixels along one axis: where each begins to read, and its integer weights, as in PIL's 8-bit resampler. Each row of
/// weights is padded with zeros to a multiple of four, so that kernels take four taps at a time.
/// </summary>
internal sealed class ResampleWeights
{
    public const int FractionBits = 22;
    public const int Half = 1 << (FractionBits - 1);

    private const double Support = 2, A = -0.5;

    private ResampleWeights(int[] first, int[] weights, int taps, int end) => (First, Weights, Taps, End) = (first, weights, taps, end);

    /// <summary>First source position of each output.</summary>
    public int[] First { get; }

    /// <summary>(outputs, <see cref="Taps"/>)</summary>
    public int[] Weights { get; }

    /// <summary>Weights per output, a multiple of four.</summary>
    public int Taps { get; }

    /// <summary>One past the last source position that has a weight.</summary>
    public int End { get; }

    public int Count => First.Length;

    /// <summary>Weights of outputs start .. start+count-1 when <paramref name="from"/> source pixels become <paramref name="to"/>.</summary>
    public static ResampleWeights Bicubic(int from, int to, int start, int count)
    {
        double scale = (double)from / to, stretch = Math.Max(scale, 1), reach = Support * stretch;
        int most = (int)Math.Ceiling(reach) * 2 + 1, taps = (most + 3) & ~3, end = 0;
        var first = new int[count];
        var weights = new int[count * taps];
        Span<double> exact = most <= 128 ? stackalloc double[most] : new double[most];
        for (int i = 0; i < count; i++)
        {
            double centre = (start + i + 0.5) * scale;
            int begin = Math.Max(0, (int)(centre - reach + 0.5));
            int length = Math.Min(from, (int)(centre + reach + 0.5)) - begin;
            double sum = 0;
            for (int t = 0; t < length; t++) sum += exact[t] = Cubic((begin + t - centre + 0.5) * (1 / stretch));
            for (int t = 0; t < length; t++) weights[i * taps + t] = Quantise(sum != 0 ? exact[t] / sum : exact[t]);
            first[i] = begin;
            end = Math.Max(end, begin + length);
        }
        return new(first, weights, taps, end);
    }

    // Half away from zero.
    private static int Quantise(double weight) => (int)(Math.CopySign(0.5, weight) + weight * (1 << FractionBits));

    private static double Cubic(double x)
    {
        x = Math.Abs(x);
        return x < 1 ? ((A + 2) * x - (A + 3)) * x * x + 1
            : x < 2 ? (((x - 5) * x + 8) * x - 4) * A
            : 0;
    }
}
