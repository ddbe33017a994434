using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>CLIP's vision transformer. Source: openai/CLIP.</summary>
/// <remarks>Shapes: B batch, S image size, D width, T = (S/patch)² patches.</remarks>
internal sealed class VisionTransformer(VisionTransformerSizes sizes, int embedDim, bool quickGelu, bool recompute, string prefix) : IImageTower
{
    private readonly Transformer transformer =
        new($"{prefix}.transformer", sizes.Width, sizes.Layers, sizes.Heads, sizes.MlpRatio, quickGelu, causal: false, clipInitialisation: false, recompute);

    public int ImageSize => sizes.ImageSize;

    public int LayerCount => sizes.Layers;

    public IEnumerable<TensorPlan> Plan()
    {
        long width = sizes.Width, grid = sizes.ImageSize / sizes.Patch;
        var std = Initialise.Normal(Math.Pow(width, -0.5));
        return
        [
            new($"{prefix}.class_embedding", [width], std),
            new($"{prefix}.positional_embedding", [grid * grid + 1, width], std),
            new($"{prefix}.proj", [width, embedDim], std),
            .. Layers.ConvPlan($"{prefix}.conv1", 3, width, sizes.Patch),
            .. Layers.LayerNormPlan($"{prefix}.ln_pre", width),
            .. transformer.Plan(),
            .. Layers.LayerNormPlan($"{prefix}.ln_post", width),
        ];
    }

    /// <param name="x">(B, 3, S, S), normalised</param>
    /// <param name="batchStatistics">Of no consequence: there is no batch norm.</param>
    /// <returns>(B, embedDim), not normalised</returns>
    public Tensor Forward(ModelTensors w, Tensor x, bool batchStatistics)
    {
        var batch = x.size(0);
        var patches = Layers.Conv(w, $"{prefix}.conv1", x, stride: sizes.Patch).flatten(2).transpose(1, 2);     // (B, T, D)
        var start = w[$"{prefix}.class_embedding"].expand(batch, 1, sizes.Width);
        var tokens = cat([start, patches], 1).Plus(w[$"{prefix}.positional_embedding"]);                            // (B, 1+T, D)
        tokens = transformer.Forward(w, Layers.LayerNorm(w, $"{prefix}.ln_pre", tokens));
        return Layers.LayerNorm(w, $"{prefix}.ln_post", tokens.select(1, 0)).Product(w[$"{prefix}.proj"]);
    }
}
