using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>Fills a new tensor in place, drawing from nothing but <paramref name="random"/>.</summary>
internal delegate void Initialiser(Tensor tensor, Generator random);

/// <summary>A parameter or buffer that a model needs: declared before any memory is taken, so that locks and groups are decided on names alone.</summary>
/// <param name="Name">ITRA's name, such as <c>image_backbone.layer1.0.conv1.weight</c>.</param>
internal sealed record TensorPlan(string Name, long[] Shape, Initialiser Initialise)
{
    /// <summary>Kept and saved, but never trained (batch norm's statistics).</summary>
    public bool IsBuffer { get; init; }

    public ScalarType Type { get; init; } = ScalarType.Float32;

    public long Elements => Shape.Aggregate(1L, (product, size) => product * size);
}

/// <summary>Initialisations as CLIP's reference code makes them (distributions; the generator is libtorch's).</summary>
internal static class Initialise
{
    public static void Zeros(Tensor t, Generator random) => t.zero_();

    public static void Ones(Tensor t, Generator random) => t.Fill(1);

    public static Initialiser Constant(double value) => (t, _) => t.Fill(value);

    public static Initialiser Normal(double std) => (t, random) => t.normal_(0, std, random);

    /// <summary>Normal with deviation <paramref name="std"/>, cut off at ±2: the inverse of its distribution function at uniform numbers.</summary>
    public static Initialiser TruncatedNormal(double std) => (t, random) =>
    {
        // erf(2 / (std sqrt 2)) is 1 in float32 for the deviations in use, and erfinv of it infinite: the cut is made afterwards.
        t.uniform_(-1, 1, random);
        t.erfinv_();
        t.Multiply(std * Math.Sqrt(2)).Clamp(-2, 2);
    };

    /// <summary>Uniform within ±1/sqrt(fan in): what a linear or convolution layer starts with (Kaiming uniform with a = sqrt 5).</summary>
    public static Initialiser UniformByFanIn(long fanIn) => (t, random) => t.uniform_(-1 / Math.Sqrt(fanIn), 1 / Math.Sqrt(fanIn), random);

    /// <summary>Uniform within ±sqrt(6 / (fan in + fan out)); for matrices.</summary>
    public static void XavierUniform(Tensor t, Generator random)
    {
        var bound = Math.Sqrt(6.0 / (t.size(0) + t.size(1)));
        t.uniform_(-bound, bound, random);
    }
}
