using Itra.Trainer.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Itra.Trainer.Clip;

/// <summary>
/// CLIP's ResNet: three convolutions in the stem, average pools instead of strides, attention instead of the last pool.
/// Source: openai/CLIP; sizes as in "Learning Transferable Visual Models From Natural Language Supervision", table 19.
/// </summary>
/// <remarks>
/// Shapes: B batch, w width, S image size, E = 32w channels after layer4, T = (S/32)² places. Under autocast it takes ways that are
/// faster and round differently; in float32 it adds in the reference's order, because runs are compared with the reference step by step.
/// </remarks>
internal sealed class ModifiedResNet(ResNetSizes sizes, int embedDim, bool recompute, string prefix) : IImageTower
{
    private const int Expansion = 4;

    private readonly int channels = sizes.Width * 32;

    public int ImageSize => sizes.ImageSize;

    public int LayerCount => sizes.Layers.Length + 2;

    public IEnumerable<TensorPlan> Plan()
    {
        int width = sizes.Width, stem = width / 2;
        return
        [
            .. Layers.ConvPlan($"{prefix}.conv1", 3, stem, 3), .. Layers.BatchNormPlan($"{prefix}.bn1", stem),
            .. Layers.ConvPlan($"{prefix}.conv2", stem, stem, 3), .. Layers.BatchNormPlan($"{prefix}.bn2", stem),
            .. Layers.ConvPlan($"{prefix}.conv3", stem, width, 3), .. Layers.BatchNormPlan($"{prefix}.bn3", width),
            .. Bottlenecks().SelectMany(BottleneckPlan),
            .. AttentionPoolPlan(),
        ];
    }

    /// <param name="x">(B, 3, S, S), normalised</param>
    /// <param name="batchStatistics">Batch norm by the batch's statistics (training) or by the running ones.</param>
    /// <returns>(B, embedDim), not normalised</returns>
    public Tensor Forward(ModelTensors w, Tensor x, bool batchStatistics)
    {
        if (Autocast.IsOn) x = Layers.ChannelsLast(x);
        x = ConvNormRelu(w, "conv1", "bn1", x, batchStatistics, stride: 2, padding: 1);             // (B, w/2, S/2, S/2)
        x = ConvNormRelu(w, "conv2", "bn2", x, batchStatistics, padding: 1);
        x = ConvNormRelu(w, "conv3", "bn3", x, batchStatistics, padding: 1);                        // (B, w, S/2, S/2)
        x = F.avg_pool2d(x, [2, 2]);                                                                // (B, w, S/4, S/4)
        foreach (var bottleneck in Bottlenecks())                                                   // (B, E, S/32, S/32) at last
            x = recompute ? Recompute.Run(w, input => Forward(w, bottleneck, input, batchStatistics), x) : Forward(w, bottleneck, x, batchStatistics);
        return AttentionPool(w, x);
    }

    private Tensor Forward(ModelTensors w, Bottleneck b, Tensor x, bool batchStatistics)
    {
        var y = ConvNormRelu(w, $"{b.Name}.conv1", $"{b.Name}.bn1", x, batchStatistics);
        y = ConvNormRelu(w, $"{b.Name}.conv2", $"{b.Name}.bn2", y, batchStatistics, padding: 1);
        if (b.Stride > 1) y = F.avg_pool2d(y, [b.Stride, b.Stride]);
        y = Layers.BatchNorm(w, $"{prefix}.{b.Name}.bn3", Layers.Conv(w, $"{prefix}.{b.Name}.conv3", y), batchStatistics);

        var shortcut = x;
        if (b.HasDownsample)
        {
            if (b.Stride > 1) shortcut = F.avg_pool2d(shortcut, [b.Stride, b.Stride]);
            shortcut = Layers.Conv(w, $"{prefix}.{b.Name}.downsample.0", shortcut);
            shortcut = Layers.BatchNorm(w, $"{prefix}.{b.Name}.downsample.1", shortcut, batchStatistics);
        }
        return F.relu(y.Add(shortcut), inplace: true);
    }

    private Tensor ConvNormRelu(ModelTensors w, string conv, string norm, Tensor x, bool batchStatistics, long stride = 1, long padding = 0) =>
        F.relu(Layers.BatchNorm(w, $"{prefix}.{norm}", Layers.Conv(w, $"{prefix}.{conv}", x, stride, padding), batchStatistics), inplace: true);

    /// <summary>One query, the mean of all places, attends to itself and to every place.</summary>
    private Tensor AttentionPool(ModelTensors w, Tensor x)
    {
        var pool = $"{prefix}.attnpool";
        var places = x.permute(0, 2, 3, 1).flatten(1, 2);                                           // (B, T, E)
        var tokens = cat([places.mean([1], keepdim: true), places], 1).Plus(w[$"{pool}.positional_embedding"]); // (B, 1+T, E)
        var pooled = Autocast.IsOn ? AttendThroughQuery(w, pool, tokens) : Attend(w, pool, tokens); // (B, E)
        return Layers.Linear(w, $"{pool}.c_proj", pooled);
    }

    private Tensor Attend(ModelTensors w, string pool, Tensor tokens)
    {
        Tensor Heads(Tensor t) => t.view(t.size(0), t.size(1), sizes.Heads, HeadWidth).transpose(1, 2);
        var q = Heads(Layers.Linear(w, $"{pool}.q_proj", tokens.narrow(1, 0, 1)));                  // (B, H, 1, d)
        var k = Heads(Layers.Linear(w, $"{pool}.k_proj", tokens));                                  // (B, H, 1+T, d)
        var v = Heads(Layers.Linear(w, $"{pool}.v_proj", tokens));
        return F.scaled_dot_product_attention(q, k, v).reshape(tokens.size(0), channels);
    }

    /// <summary>
    /// The same without the keys and values of all places: q·(Kx) is (Kᵀq)·x, and the mean of Vx is V times the mean of x. The key's bias
    /// adds the same to all scores of a head, which softmax does not see.
    /// </summary>
    private Tensor AttendThroughQuery(ModelTensors w, string pool, Tensor tokens)
    {
        var batch = tokens.size(0);
        var q = Layers.Linear(w, $"{pool}.q_proj", tokens.select(1, 0)).Times(Math.Pow(HeadWidth, -0.5));
        var perHead = q.view(batch, sizes.Heads, HeadWidth).transpose(0, 1);                        // (H, B, d)
        var asked = perHead.matmul(PerHead(w[$"{pool}.k_proj.weight"])).transpose(0, 1);            // (B, H, E)
        var attention = asked.matmul(tokens.transpose(1, 2)).softmax(-1);                           // (B, H, 1+T)
        var met = attention.matmul(tokens).transpose(0, 1);                                         // (H, B, E)
        var v = met.matmul(PerHead(w[$"{pool}.v_proj.weight"]).transpose(1, 2)).transpose(0, 1);    // (B, H, d)
        return v.reshape(batch, channels).Plus(w[$"{pool}.v_proj.bias"]);
    }

    private int HeadWidth => channels / sizes.Heads;

    /// <summary>(E, E) to (H, d, E)</summary>
    private Tensor PerHead(Tensor weight) => weight.view(sizes.Heads, HeadWidth, channels);

    private IEnumerable<TensorPlan> BottleneckPlan(Bottleneck b)
    {
        var name = $"{prefix}.{b.Name}";
        int planes = b.Planes, output = planes * Expansion;
        IEnumerable<TensorPlan> plan =
        [
            .. Layers.ConvPlan($"{name}.conv1", b.Input, planes, 1), .. Layers.BatchNormPlan($"{name}.bn1", planes),
            .. Layers.ConvPlan($"{name}.conv2", planes, planes, 3), .. Layers.BatchNormPlan($"{name}.bn2", planes),
            .. Layers.ConvPlan($"{name}.conv3", planes, output, 1), .. Layers.BatchNormPlan($"{name}.bn3", output, Initialise.Zeros),
        ];
        return b.HasDownsample
            ? [.. plan, .. Layers.ConvPlan($"{name}.downsample.0", b.Input, output, 1), .. Layers.BatchNormPlan($"{name}.downsample.1", output)]
            : plan;
    }

    private IEnumerable<TensorPlan> AttentionPoolPlan()
    {
        var pool = $"{prefix}.attnpool";
        var places = (long)(sizes.ImageSize / 32) * (sizes.ImageSize / 32);
        var std = Initialise.Normal(Math.Pow(channels, -0.5));
        return
        [
            new($"{pool}.positional_embedding", [places + 1, channels], std),
            .. Layers.LinearPlan($"{pool}.k_proj", channels, channels, std),
            .. Layers.LinearPlan($"{pool}.q_proj", channels, channels, std),
            .. Layers.LinearPlan($"{pool}.v_proj", channels, channels, std),
            .. Layers.LinearPlan($"{pool}.c_proj", channels, embedDim, std),
        ];
    }

    private IEnumerable<Bottleneck> Bottlenecks()
    {
        var input = sizes.Width;
        for (var layer = 0; layer < sizes.Layers.Length; layer++)
        {
            var planes = sizes.Width << layer;
            for (var block = 0; block < sizes.Layers[layer]; block++)
            {
                var stride = block == 0 && layer > 0 ? 2 : 1;
                yield return new Bottleneck($"layer{layer + 1}.{block}", input, planes, stride, stride > 1 || input != planes * Expansion);
                input = planes * Expansion;
            }
        }
    }

    private sealed record Bottleneck(string Name, int Input, int Planes, int Stride, bool HasDownsample);
}
