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
    private readonly long hidden = (long)(width * mlpRatio);

    public IEnumerable<TensorPlan> Plan() => Enumerable.Range(0, layers).SelectMany(BlockPlan);

    /// <param name="x">(B, L, D)</param>
    /// <returns>(B, L, D)</returns>
    public Tensor Forward(ModelTensors w, Tensor x)
    {
        for (var i = 0; i < layers; i++)
        {
            var block = Block(i);
            x = recompute ? Recompute.Run(w, input => Forward(w, block, input), x) : Forward(w, block, x);
        }
        return x;
    }

    private Tensor Forward(ModelTensors w, string block, Tensor x)
    {
        x = x.Plus(Attention(w, $"{block}.attn", Layers.LayerNorm(w, $"{block}.ln_1", x, width)));
        return x.Plus(Mlp(w, $"{block}.mlp", Layers.LayerNorm(w, $"{block}.ln_2", x, width)));
    }

    private Tensor Attention(ModelTensors w, string name, Tensor x)
    {
        long batch = x.size(0), length = x.size(1);
        var qkv = F.linear(x, w[$"{name}.in_proj_weight"], w[$"{name}.in_proj_bias"])         // (B, L, 3D)
            .view(batch, length, 3, heads, width / heads).permute(2, 0, 3, 1, 4).unbind(0);     // 3 x (B, H, L, d)
        var mixed = F.scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], is_casual: causal);  // (B, H, L, d)
        return Layers.Linear(w, $"{name}.out_proj", mixed.transpose(1, 2).reshape(batch, length, width));
    }

    private Tensor Mlp(ModelTensors w, string name, Tensor x)
    {
        var h = Layers.Linear(w, $"{name}.c_fc", x);                                            // (B, L, 4D)
        return Layers.Linear(w, $"{name}.c_proj", quickGelu ? Layers.QuickGelu(h) : F.gelu(h));
    }

    private IEnumerable<TensorPlan> BlockPlan(int i)
    {
        var block = Block(i);
        // The text tower starts as CLIP's authors chose; the vision transformer keeps its library's defaults.
        double attention = Math.Pow(width, -0.5), residual = attention * Math.Pow(2 * layers, -0.5);
        Initialiser? Chosen(double std) => clipInitialisation ? Initialise.Normal(std) : null;
        return
        [
            .. Layers.LayerNormPlan($"{block}.ln_1", width),
            new($"{block}.attn.in_proj_weight", [3 * width, width], Chosen(attention) ?? Initialise.XavierUniform),
            new($"{block}.attn.in_proj_bias", [3 * width], Initialise.Zeros),
            .. Layers.LinearPlan($"{block}.attn.out_proj", width, width, Chosen(residual), Initialise.Zeros),
            .. Layers.LayerNormPlan($"{block}.ln_2", width),
            .. Layers.LinearPlan($"{block}.mlp.c_fc", width, hidden, Chosen(Math.Pow(2 * width, -0.5))),
            .. Layers.LinearPlan($"{block}.mlp.c_proj", hidden, width, Chosen(residual)),
        ];
    }

    private string Block(int i) => $"{prefix}.resblocks.{i}";
}
