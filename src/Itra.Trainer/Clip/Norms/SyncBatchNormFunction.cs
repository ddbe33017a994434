using Itra.Trainer.Distributed;
using Itra.Trainer.Native;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Itra.Trainer.Clip.Norms;

/// <summary>Normalises by given statistics, and in backward remembers that they depend on the images of all ranks.</summary>
internal sealed class SyncBatchNormFunction : autograd.SingleTensorFunction<SyncBatchNormFunction>
{
    private const string Ranks = "ranks", Failure = "failure";

    public override string Name => nameof(SyncBatchNormFunction);

    /// <param name="x">(B, C, H, W), float32 or bfloat16</param>
    /// <param name="weight">(C)</param>
    /// <param name="bias">(C)</param>
    /// <param name="mean">(C), over all ranks</param>
    /// <param name="variance">(C), over all ranks, biased</param>
    public static Tensor Run(Tensor x, Tensor weight, Tensor bias, Tensor mean, Tensor variance, ICollective ranks, BackwardFailure failure) =>
        is_grad_enabled() && (x.requires_grad || weight.requires_grad || bias.requires_grad)
            ? apply(x, weight, bias, mean, variance, ranks, failure)
            : Normalise(x, weight, bias, mean, variance);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        Tensor x = (Tensor)vars[0], weight = (Tensor)vars[1], mean = (Tensor)vars[3], variance = (Tensor)vars[4];
        ctx.save_for_backward([x, weight, mean, variance]);
        ctx.save_data(Ranks, vars[5]);
        ctx.save_data(Failure, vars[6]);
        return Normalise(x, weight, (Tensor)vars[2], mean, variance);
    }

    /// <summary>
    /// With g the gradient by y, c the centred x and N the images and places of all ranks: by x it is
    /// weight/σ · (g - Σg/N - c · Σ(g·c)/(N·σ²)), both sums over all ranks. By weight and bias it is this rank's part, which is added to the
    /// others' with all other gradients.
    /// </summary>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        return ((BackwardFailure)ctx.get_data(Failure)).Guard(
            () => Gradients(saved[0], saved[1], saved[2], saved[3], grad_output, (ICollective)ctx.get_data(Ranks)),
            () => [zeros_like(saved[0]), zeros_like(saved[1]), zeros_like(saved[1]), null!, null!, null!, null!]);
    }

    private static Tensor Normalise(Tensor x, Tensor weight, Tensor bias, Tensor mean, Tensor variance) =>
        F.batch_norm(x, mean, variance, weight, bias, training: false, eps: IBatchNorm.Epsilon);

    private static List<Tensor> Gradients(Tensor x, Tensor weight, Tensor mean, Tensor variance, Tensor gradient, ICollective ranks)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var channels = x.size(1);
        Tensor PerChannel(Tensor values) => values.view(1, channels, 1, 1);

        using var epsilon = tensor((float)IBatchNorm.Epsilon);
        var inverse = variance.Plus(epsilon).rsqrt_();                                               // (C): 1/σ
        var centred = x.to(ScalarType.Float32).Plus(PerChannel(mean), -1);
        var wide = gradient.to(ScalarType.Float32);
        Tensor sum = wide.sum([0L, 2, 3]), product = (wide * centred).sum([0L, 2, 3]);               // (C)
        var all = cat([sum, product]);
        ranks.Sum(all).Wait();
        all.Divide((double)ranks.WorldSize * (x.numel() / channels));
        Tensor average = all.narrow(0, 0, channels), slope = all.narrow(0, channels, channels) * inverse * inverse;
        var byX = wide.Plus(PerChannel(average), -1).Add(centred.mul_(PerChannel(slope)), -1).mul_(PerChannel(weight * inverse)).to(x.dtype);
        return [byX.MoveToOuterDisposeScope(), (product * inverse).MoveToOuterDisposeScope(), sum.MoveToOuterDisposeScope(), null!, null!, null!, null!];
    }
}
