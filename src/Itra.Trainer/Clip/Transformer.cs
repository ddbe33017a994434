using Itra.Trainer.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Itra.Trainer.Clip;

/// <summary>
/// Pre-norm residual attention blocks, shared by both kinds of tower. Source: openai/CLIP and open_clip, whose parameter names these are.
/// </summary>
/// <remarks>Shapes: B batch, L tokens, D width, H heads, d = D/H.</remarks>
internal sealed class Transformer(string prefix, int width, int layers, int heads, double mlpRatio, bool quickGelu, bool causal, bool clipInitialisation, bool recompute)
{
    private readonly Block[] blocks = [.. Enumerable.Range(0, layers).Select(i => new Block($"{prefix}.resblocks.{i}"))];

    // Up to this many tokens the attention of all heads is one small product; beyond, its memory counts, and it is done head by head.
    private const long ShortLength = 64;

    private readonly long hidden = (long)(width * mlpRatio);

    public IEnumerable<TensorPlan> Plan() => blocks.SelectMany(BlockPlan);

    /// <param name="x">(B, L, D)</param>
    /// <returns>(B, L, D)</returns>
    public Tensor Forward(ModelTensors w, Tensor x)
    {
        foreach (var block in blocks) x = recompute ? Recompute.Run(w, input => Forward(w, block, input), x) : Forward(w, block, x);
        return x;
    }

    private Tensor Forward(ModelTensors w, Block block, Tensor x)
    {
        x = x.Plus(Attention(w, block, Layers.LayerNorm(w, block.FirstNorm, x)));
        return x.Plus(Mlp(w, block, Layers.LayerNorm(w, block.SecondNorm, x)));
    }

    private Tensor Attention(ModelTensors w, Block block, Tensor x)
    {
        long batch = x.size(0), length = x.size(1);
        var qkv = ShorterProducts.Linear(x, w[$"{block.Attention}.in_proj_weight"], w[$"{block.Attention}.in_proj_bias"])         // (B, L, 3D)
            .view(batch, length, 3, heads, width / heads).permute(2, 0, 3, 1, 4).unbind(0);     // 3 x (B, H, L, d)
        var mixed = Autocast.IsOn && length <= ShortLength && x.device_type == TorchSharp.DeviceType.CPU
            ? Mix(qkv[0], qkv[1], qkv[2])
            : w.Kernels.Attention(qkv[0], qkv[1], qkv[2], causal);                              // (B, H, L, d)
        return Layers.Linear(w, block.AttentionOutput, mixed.transpose(1, 2).reshape(batch, length, width));
    }

    /// <summary>
    /// The same as a handful of operations on all heads: in bfloat16 libtorch's own asks oneDNN for a product per head, of 12 x 12 for a
    /// caption, and asking takes longer than multiplying.
    /// </summary>
    private Tensor Mix(Tensor q, Tensor k, Tensor v)
    {
        var scores = q.Times(Math.Pow(width / heads, -0.5)).Product(k.transpose(2, 3));          // (B, H, L, L)
        if (causal)
        {
            var length = q.size(2);
            scores = scores.Plus(empty([length, length], scores.dtype, scores.device).Fill(double.NegativeInfinity).triu(1));
        }
        return scores.softmax(-1).Product(v);
    }

    private Tensor Mlp(ModelTensors w, Block block, Tensor x)
    {
        var h = Layers.Linear(w, block.MlpInput, x);                                            // (B, L, 4D)
        return Layers.Linear(w, block.MlpOutput, quickGelu ? Layers.QuickGelu(h) : F.gelu(h));
    }

    private IEnumerable<TensorPlan> BlockPlan(Block block)
    {
        // The text tower starts as CLIP's authors chose; the vision transformer keeps its library's defaults.
        double attention = Math.Pow(width, -0.5), residual = attention * Math.Pow(2 * layers, -0.5);
        Initialiser? Chosen(double std) => clipInitialisation ? Initialise.Normal(std) : null;
        return
        [
            .. Layers.LayerNormPlan(block.FirstNorm, width),
            new($"{block.Attention}.in_proj_weight", [3 * width, width], Chosen(attention) ?? Initialise.XavierUniform),
            new($"{block.Attention}.in_proj_bias", [3 * width], Initialise.Zeros),
            .. Layers.LinearPlan(block.AttentionOutput, width, width, Chosen(residual), Initialise.Zeros),
            .. Layers.LayerNormPlan(block.SecondNorm, width),
            .. Layers.LinearPlan(block.MlpInput, width, hidden, Chosen(Math.Pow(2 * width, -0.5))),
            .. Layers.LinearPlan(block.MlpOutput, hidden, width, Chosen(residual)),
        ];
    }

    /// <summary>Names, put together once and not at every step.</summary>
    private sealed record Block(string Name)
    {
        public string FirstNorm { get; } = $"{Name}.ln_1";

        public string Attention { get; } = $"{Name}.attn";

        public string AttentionOutput { get; } = $"{Name}.attn.out_proj";

        public string SecondNorm { get; } = $"{Name}.ln_2";

        public string MlpInput { get; } = $"{Name}.mlp.c_fc";

        public string MlpOutput { get; } = $"{Name}.mlp.c_proj";
    }
}
