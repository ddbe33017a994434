using Itra.Trainer.Clip.Norms;
using Itra.Trainer.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Itra.Trainer.Clip;

/// <summary>The layers that the towers are made of: each declares its tensors and computes from them.</summary>
internal static class Layers
{
    private const double NormEpsilon = 1e-5;

    public static IEnumerable<TensorPlan> ConvPlan(string name, long from, long to, long kernel) =>
        [new($"{name}.weight", [to, from, kernel, kernel], Initialise.UniformByFanIn(from * kernel * kernel))];

    /// <summary>Convolution without bias. x (B, from, H, W).</summary>
    public static Tensor Conv(ModelTensors w, string name, Tensor x, long stride = 1, long padding = 0) =>
        w.Kernels.Conv(x, w[$"{name}.weight"], stride, padding);

    /// <summary>
    /// The same (B, C, H, W) with the channels of a pixel side by side in memory. Convolutions keep the order of their input, and in this
    /// one they need no copies before and after.
    /// </summary>
    public static Tensor ChannelsLast(Tensor x) => x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    public static IEnumerable<TensorPlan> BatchNormPlan(string name, long channels, Initialiser? weight = null) =>
    [
        new($"{name}.weight", [channels], weight ?? Initialise.Ones),
        new($"{name}.bias", [channels], Initialise.Zeros),
        new($"{name}.running_mean", [channels], Initialise.Zeros) { IsBuffer = true },
        new($"{name}.running_var", [channels], Initialise.Ones) { IsBuffer = true },
        new($"{name}.num_batches_tracked", [], Initialise.Zeros) { IsBuffer = true, Type = ScalarType.Int64 },
    ];

    /// <summary>x (B, C, H, W). With <paramref name="batchStatistics"/> it normalises by the batch and moves the running statistics.</summary>
    public static Tensor BatchNorm(ModelTensors w, string name, Tensor x, bool batchStatistics)
    {
        var (mean, variance) = Statistics(w, name, batchStatistics);
        Tensor weight = w[$"{name}.weight"], bias = w[$"{name}.bias"];
        if (!batchStatistics) return w.Kernels.BatchNorm(x, mean, variance, weight, bias, batchStatistics: false, IBatchNorm.Momentum, IBatchNorm.Epsilon);
        return IsFused(w, x)
            ? FusedBatchNorm.Run(x, weight, bias, mean, variance, relu: false, shortcut: null)
            : w.BatchNorm.Normalise(x, weight, bias, mean, variance);
    }

    /// <summary>ReLU of batch norm of x, (B, C, H, W), to which a shortcut of its shape may be added in between.</summary>
    public static Tensor BatchNormRelu(ModelTensors w, string name, Tensor x, bool batchStatistics, Tensor? shortcut = null)
    {
        if (batchStatistics && IsFused(w, x))
        {
            var (mean, variance) = Statistics(w, name, batchStatistics);
            return FusedBatchNorm.Run(x, w[$"{name}.weight"], w[$"{name}.bias"], mean, variance, relu: true, shortcut);
        }
        using var y = BatchNorm(w, name, x, batchStatistics);
        return F.relu(shortcut is null ? y : y.Add(shortcut), inplace: true);
    }

    private static bool IsFused(ModelTensors w, Tensor x) => w.BatchNorm is LocalBatchNorm && FusedBatchNorm.Serves(x);

    /// <summary>The running ones; such as may be moved, if the batch's are to be used.</summary>
    private static (Tensor Mean, Tensor Variance) Statistics(ModelTensors w, string name, bool batchStatistics)
    {
        Tensor mean = w[$"{name}.running_mean"], variance = w[$"{name}.running_var"];
        if (!batchStatistics) return (mean, variance);
        using var noGrad = no_grad();
        if (!w.TracksStatistics) return (mean.clone(), variance.clone());   // moved all the same, and thrown away
        w[$"{name}.num_batches_tracked"].Add(1);
        return (mean, variance);
    }

    public static IEnumerable<TensorPlan> LinearPlan(string name, long from, long to, Initialiser? weight = null, Initialiser? bias = null) =>
    [
        new($"{name}.weight", [to, from], weight ?? Initialise.UniformByFanIn(from)),
        new($"{name}.bias", [to], bias ?? Initialise.UniformByFanIn(from)),
    ];

    public static Tensor Linear(ModelTensors w, string name, Tensor x) => ShorterProducts.Linear(x, w[$"{name}.weight"], w[$"{name}.bias"]);

    public static IEnumerable<TensorPlan> LayerNormPlan(string name, long width) =>
        [new($"{name}.weight", [width], Initialise.Ones), new($"{name}.bias", [width], Initialise.Zeros)];

    public static Tensor LayerNorm(ModelTensors w, string name, Tensor x) =>
        w.Kernels.LayerNorm(x, w[$"{name}.weight"], w[$"{name}.bias"], NormEpsilon);

    /// <summary>x·sigmoid(1.702x), as x·1.702 through SiLU: one pass fewer than the formula as written, and half of it kept for backward.</summary>
    public static Tensor QuickGelu(Tensor x) => F.silu(x.Times(1.702)).Times(1 / 1.702);
}
