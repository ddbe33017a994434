using Itra.Trainer.Native;
using TorchSharp;
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
    private readonly Names[] stem = [.. Enumerable.Range(1, 3).Select(i => Names.Of(prefix, i))];
    private readonly Bottleneck[] bottlenecks = [.. Bottlenecks(sizes, prefix)];

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
            .. bottlenecks.SelectMany(BottleneckPlan),
            .. AttentionPoolPlan(),
        ];
    }

    /// <param name="x">(B, 3, S, S), normalised</param>
    /// <param name="batchStatistics">Batch norm by the batch's statistics (training) or by the running ones.</param>
    /// <returns>(B, embedDim), not normalised</returns>
    public Tensor Forward(ModelTensors w, Tensor x, bool batchStatistics)
    {
        if (Autocast.IsOn || x.device_type == DeviceType.CUDA) x = Layers.ChannelsLast(x);
        x = ConvNormRelu(w, stem[0], x, batchStatistics, stride: 2, padding: 1);             // (B, w/2, S/2, S/2)
        x = ConvNormRelu(w, stem[1], x, batchStatistics, padding: 1);
        x = ConvNormRelu(w, stem[2], x, batchStatistics, padding: 1);                        // (B, w, S/2, S/2)
        x = F.avg_pool2d(x, [2, 2]);                                                                // (B, w, S/4, S/4)
        foreach (var bottleneck in bottlenecks)                                                     // (B, E, S/32, S/32) at last
            x = recompute ? Recompute.Run(w, input => Forward(w, bottleneck, input, batchStatistics), x) : Forward(w, bottleneck, x, batchStatistics);
        return AttentionPool(w, x);
    }

    // What a block no longer needs is let go of at once: kept by the scope, some hundreds of tensors cost it more memory than they are themselves.
    private static Tensor Forward(ModelTensors w, Bottleneck b, Tensor x, bool batchStatistics)
    {
        using var first = ConvNormRelu(w, b.First, x, batchStatistics);
        using var second = ConvNormRelu(w, b.Second, first, batchStatistics, padding: 1);
        using var pooled = b.Stride > 1 ? F.avg_pool2d(second, [b.Stride, b.Stride]) : second;
        using var third = Layers.Conv(w, b.Third.Conv, pooled);
        using var shortcut = b.HasDownsample ? Downsample(w, b, x, batchStatistics) : null;
        return Layers.BatchNormRelu(w, b.Third.Norm, third, batchStatistics, shortcut ?? x);
    }

    private static Tensor Downsample(ModelTensors w, Bottleneck b, Tensor x, bool batchStatistics)
    {
        using var pooled = b.Stride > 1 ? F.avg_pool2d(x, [b.Stride, b.Stride]) : null;
        using var y = Layers.Conv(w, b.Downsample.Conv, pooled ?? x);
        return Layers.BatchNorm(w, b.Downsample.Norm, y, batchStatistics);
    }

    private static Tensor ConvNormRelu(ModelTensors w, Names names, Tensor x, bool batchStatistics, long stride = 1, long padding = 0)
    {
        using var y = Layers.Conv(w, names.Conv, x, stride, padding);
        return Layers.BatchNormRelu(w, names.Norm, y, batchStatistics);
    }

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
        return w.Kernels.Attention(q, k, v, causal: false).reshape(tokens.size(0), channels);
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
        var asked = perHead.Product(PerHead(w[$"{pool}.k_proj.weight"])).transpose(0, 1);            // (B, H, E)
        var attention = asked.Product(tokens.transpose(1, 2)).softmax(-1);                           // (B, H, 1+T)
        var met = attention.Product(tokens).transpose(0, 1);                                         // (H, B, E)
        var v = met.Product(PerHead(w[$"{pool}.v_proj.weight"]).transpose(1, 2)).transpose(0, 1);    // (B, H, d)
        return v.reshape(batch, channels).Plus(w[$"{pool}.v_proj.bias"]);
    }

    private int HeadWidth => channels / sizes.Heads;

    /// <summary>(E, E) to (H, d, E)</summary>
    private Tensor PerHead(Tensor weight) => weight.view(sizes.Heads, HeadWidth, channels);

    private IEnumerable<TensorPlan> BottleneckPlan(Bottleneck b)
    {
        var name = b.Name;
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

    private static IEnumerable<Bottleneck> Bottlenecks(ResNetSizes sizes, string prefix)
    {
        var input = sizes.Width;
        for (var layer = 0; layer < sizes.Layers.Length; layer++)
        {
            var planes = sizes.Width << layer;
            for (var block = 0; block < sizes.Layers[layer]; block++)
            {
                var stride = block == 0 && layer > 0 ? 2 : 1;
                yield return new Bottleneck($"{prefix}.layer{layer + 1}.{block}", input, planes, stride, stride > 1 || input != planes * Expansion);
                input = planes * Expansion;
            }
        }
    }

    private sealed record Bottleneck(string Name, int Input, int Planes, int Stride, bool HasDownsample)
    {
        public Names First { get; } = Names.Of(Name, 1);

        public Names Second { get; } = Names.Of(Name, 2);

        public Names Third { get; } = Names.Of(Name, 3);

        public Names Downsample { get; } = new($"{Name}.downsample.0", $"{Name}.downsample.1");
    }

    /// <summary>Names of a convolution and its batch norm.</summary>
    private sealed record Names(string Conv, string Norm)
    {
        public static Names Of(string layer, int number) => new($"{layer}.conv{number}", $"{layer}.bn{number}");
    }
}
