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
    /// weight/σ · (g - Σg/N - c/σ · Σ(g·c/σ)/N), both sums over all ranks. By weight and bias it is this rank's part of them, which is added to
    /// the others' with all other gradients.
    /// </summary>
    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        return ((BackwardFailure)ctx.get_data(Failure)).Guard(
            () => AutogradThread.Run(grad_output, () =>
            {
                var saved = ctx.get_saved_variables();
                return Gradients(saved[0], saved[1], saved[2], saved[3], grad_output, (ICollective)ctx.get_data(Ranks));
            }),
            () => ctx.get_saved_variables() is var saved ? [zeros_like(saved[0]), zeros_like(saved[1]), zeros_like(saved[1]), null!, null!, null!, null!] : []);
    }

    private static Tensor Normalise(Tensor x, Tensor weight, Tensor bias, Tensor mean, Tensor variance) =>
        F.batch_norm(x, mean, variance, weight, bias, training: false, eps: IBatchNorm.Epsilon);

    private static List<Tensor> Gradients(Tensor x, Tensor weight, Tensor mean, Tensor variance, Tensor gradient, ICollective ranks)
    {
        using var scope = NewDisposeScope();
        var (byX, byWeight, byBias) = WithFixedStatistics(x, weight, mean, variance, gradient);
        using var noGrad = no_grad();
        var sums = cat([byBias, byWeight]);                                                          // (2C): Σg, Σ(g·c/σ)
        ranks.Sum(sums).Wait();
        using var epsilon = tensor((float)IBatchNorm.Epsilon, device: variance.device);
        var scale = weight / variance.Plus(epsilon).sqrt_();
        var shares = (sums.view(2, -1) * scale).Divide(-(double)ranks.WorldSize * (x.numel() / x.size(1)));
        // What the statistics' dependence on x adds is linear in c/σ, as normalising is.
        byX.Add(Normalise(x, shares.select(0, 1), shares.select(0, 0), mean, variance));
        return [byX.MoveToOuterDisposeScope(), byWeight.MoveToOuterDisposeScope(), byBias.MoveToOuterDisposeScope(), null!, null!, null!, null!];
    }

    /// <summary>The gradients as they were if the statistics did not depend on x: the library has kernels for these.</summary>
    private static (Tensor ByX, Tensor ByWeight, Tensor ByBias) WithFixedStatistics(Tensor x, Tensor weight, Tensor mean, Tensor variance, Tensor gradient)
    {
        using var withGrad = enable_grad();
        Tensor input = x.detach().requires_grad_(true), slope = weight.detach().requires_grad_(true), shift = zeros_like(slope).requires_grad_(true);
        autograd.backward([Normalise(input, slope, shift, mean, variance)], [gradient]);
        return (input.grad!, slope.grad!, shift.grad!);
    }
}
