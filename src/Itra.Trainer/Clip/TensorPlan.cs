using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>Fills a new tensor in place.</summary>
internal delegate void Initialiser(Tensor tensor);

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
    public static void Zeros(Tensor t) => t.zero_();

    public static void Ones(Tensor t) => t.fill_(1);

    public static Initialiser Constant(double value) => t => t.fill_(value);

    public static Initialiser Normal(double std) => t => t.normal_(0, std);

    /// <summary>Normal with deviation <paramref name="std"/>, redrawn beyond ±2.</summary>
    public static Initialiser TruncatedNormal(double std) => t => nn.init.trunc_normal_(t, 0, std, -2, 2);

    /// <summary>Uniform within ±1/sqrt(fan in): what a linear or convolution layer starts with (Kaiming uniform with a = sqrt 5).</summary>
    public static Initialiser UniformByFanIn(long fanIn) => t => t.uniform_(-1 / Math.Sqrt(fanIn), 1 / Math.Sqrt(fanIn));

    public static void XavierUniform(Tensor t) => nn.init.xavier_uniform_(t);
}
