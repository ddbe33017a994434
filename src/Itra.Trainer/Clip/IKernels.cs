using Itra.Trainer.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Itra.Trainer.Clip;

/// <summary>What libtorch has a kernel of its own for on CPUs and GPUs, and on no other device.</summary>
internal interface IKernels
{
    /// <summary>x (B, from, H, W), weight (to, from, k, k)</summary>
    Tensor Conv(Tensor x, Tensor weight, long stride, long padding);

    /// <summary>x (B, C, H, W), all others (C); with <paramref name="batchStatistics"/> it moves <paramref name="mean"/> and <paramref name="variance"/>.</summary>
    Tensor BatchNorm(Tensor x, Tensor mean, Tensor variance, Tensor weight, Tensor bias, bool batchStatistics, double momentum, double epsilon);

    /// <summary>x (..., D), weight and bias (D)</summary>
    Tensor LayerNorm(Tensor x, Tensor weight, Tensor bias, double epsilon);

    /// <summary>Rows of a table (V, D) by number (N) int64: (N, D).</summary>
    Tensor Embedding(Tensor table, Tensor numbers);

    /// <summary>Logarithm of the sum of the exponentials of each row, (R, N) to (R).</summary>
    Tensor LogSumExp(Tensor rows);

    /// <summary>Rows (R, E) brought to length one.</summary>
    Tensor UnitLength(Tensor rows);

    /// <summary>All (B, H, L, d); with <paramref name="causal"/> no place sees those behind it.</summary>
    Tensor Attention(Tensor query, Tensor key, Tensor value, bool causal);
}

/// <summary>libtorch's.</summary>
internal sealed class TorchKernels : IKernels
{
    public static TorchKernels Instance { get; } = new();

    public Tensor Conv(Tensor x, Tensor weight, long stride, long padding) => F.conv2d(Autocast.Shorten(x), Autocast.Shorten(weight), null, [stride, stride], [padding, padding]);

    public Tensor BatchNorm(Tensor x, Tensor mean, Tensor variance, Tensor weight, Tensor bias, bool batchStatistics, double momentum, double epsilon) =>
        F.batch_norm(x, mean, variance, weight, bias, batchStatistics, momentum, epsilon);

    public Tensor LayerNorm(Tensor x, Tensor weight, Tensor bias, double epsilon) => F.layer_norm(x, [weight.size(0)], weight, bias, epsilon);

    public Tensor Embedding(Tensor table, Tensor numbers) => table.index_select(0, numbers);

    public Tensor LogSumExp(Tensor rows) => rows.logsumexp(1);

    public Tensor UnitLength(Tensor rows) => InfoNce.UnitLength(rows);

    public Tensor Attention(Tensor query, Tensor key, Tensor value, bool causal) => F.scaled_dot_product_attention(Autocast.Shorten(query), Autocast.Shorten(key), Autocast.Shorten(value), is_casual: causal);
}
