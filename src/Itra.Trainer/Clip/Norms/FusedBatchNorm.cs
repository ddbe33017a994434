using Itra.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip.Norms;

/// <summary>
/// Batch norm by the batch's statistics together with the addition of a shortcut and ReLU, on bfloat16 with channels last: less memory is
/// read and written than by three operations, and what lies between them is not rounded.
/// </summary>
internal sealed unsafe class FusedBatchNorm : autograd.SingleTensorFunction<FusedBatchNorm>
{
    private const string Forward = "forward";

    public static FastPath Path { get; } = FastPath.Of("fused-batch-norm", "bfloat16 batch norm, shortcut and ReLU in one AVX-512 pass", "libtorch's, one after another", () =>
        ChannelVectors.IsSupported ? null : "this processor has no AVX-512") with { ChangesDigits = true };

    public override string Name => nameof(FusedBatchNorm);

    /// <summary>Whether there is a kernel for x, (B, C, H, W), on this machine.</summary>
    public static bool Serves(Tensor x) => Path.IsUsed && x.dtype == ScalarType.BFloat16 && x.device_type == DeviceType.CPU
        && x.size(1) % FusedNormKernel.Group == 0 && TensorMemory.IsChannelsLast(x);

    /// <param name="x">(B, C, H, W) that <see cref="Serves"/> says yes to.</param>
    /// <param name="weight">(C) float32</param>
    /// <param name="bias">(C) float32</param>
    /// <param name="mean">(C) float32: the running mean, moved in place</param>
    /// <param name="variance">(C) float32: the running variance, unbiased, moved in place</param>
    /// <param name="relu">Whether ReLU follows.</param>
    /// <param name="shortcut">Added before ReLU; of x's shape and type, or null.</param>
    /// <returns>(B, C, H, W) bfloat16, channels last</returns>
    public static Tensor Run(Tensor x, Tensor weight, Tensor bias, Tensor mean, Tensor variance, bool relu, Tensor? shortcut)
    {
        var channels = (int)x.size(1);
        var statistics = new BatchStatistics(new FusedNormKernel(x.numel() / channels, channels, relu, get_num_threads()), Address(x), IBatchNorm.Epsilon);
        statistics.Move(mean, variance, IBatchNorm.Momentum);
        if (!is_grad_enabled()) return Normalise(x, weight, bias, shortcut, statistics);
        return shortcut is null ? apply(x, weight, bias, statistics) : apply(x, weight, bias, statistics, shortcut);
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Tensor x = (Tensor)vars[0], weight = (Tensor)vars[1];
        var statistics = (BatchStatistics)vars[3];
        var shortcut = vars.Length > 4 ? (Tensor)vars[4] : null;
        var y = Normalise(x, weight, (Tensor)vars[2], shortcut, statistics);
        ctx.save_for_backward([x, weight, y, statistics.Memory]);
        ctx.save_data(Forward, (statistics, shortcut is not null));
        return y;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var noGrad = no_grad();
        // No scope: what one keeps book of its tensors with is more than all the rest, fifty times a step.
        var saved = ctx.get_saved_variables();
        var (statistics, hasShortcut) = ((BatchStatistics, bool))ctx.get_data(Forward);
        Tensor x = saved[0], weight = saved[1], y = saved[2], gradient = InOrder(grad_output), byX = empty_like(x), byWeight = empty_like(weight), byBias = empty_like(weight);
        var byShortcut = hasShortcut ? empty_like(x) : null;

        statistics.Gradients(Address(x), Address(y), Address(gradient), Floats(weight), Address(byX), byShortcut is null ? null : Address(byShortcut), Floats(byWeight), Floats(byBias));
        GC.KeepAlive(gradient);
        if (!ReferenceEquals(gradient, grad_output)) gradient.Dispose();
        foreach (var tensor in saved) tensor.Dispose();
        return byShortcut is null ? [byX, byWeight, byBias, null!] : [byX, byWeight, byBias, null!, byShortcut];
    }

    private static Tensor Normalise(Tensor x, Tensor weight, Tensor bias, Tensor? shortcut, BatchStatistics statistics)
    {
        using var noGrad = no_grad();
        var y = empty_like(x);
        var added = shortcut is null ? null : InOrder(shortcut);
        statistics.Normalise(Address(x), added is null ? null : Address(added), Floats(weight), Floats(bias), Address(y));
        GC.KeepAlive(added);
        if (!ReferenceEquals(added, shortcut)) added?.Dispose();
        return y;
    }

    /// <returns>x itself if it is in order; otherwise a copy, which whoever asks disposes.</returns>
    private static Tensor InOrder(Tensor x)
    {
        if (x.dtype == ScalarType.BFloat16 && TensorMemory.IsChannelsLast(x)) return x;
        using var scope = NewDisposeScope();
        return Layers.ChannelsLast(x.to(ScalarType.BFloat16)).DetachFromDisposeScope();
    }

    private static ushort* Address(Tensor x) => (ushort*)TensorMemory.ChannelsLastPointer(x);

    private static float* Floats(Tensor channels) => (float*)TensorMemory.Pointer(channels);
}
