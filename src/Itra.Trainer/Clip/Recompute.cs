using Itra.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>Gradient checkpointing: forward keeps a block's input only, backward computes the block again. Source: Chen et al. 2016.</summary>
internal sealed class Recompute : autograd.SingleTensorFunction<Recompute>
{
    private const string Block = "block", Weights = "weights", Within = "autocast";

    public override string Name => nameof(Recompute);

    /// <param name="block">From the block's input to its output; uses only weights of <paramref name="weights"/> besides.</param>
    public static Tensor Run(ModelTensors weights, Func<Tensor, Tensor> block, Tensor input)
    {
        if (!is_grad_enabled()) return block(input);
        // Autograd enters a function through an input that needs a gradient; behind a frozen stem there is none, but the block's weights still train.
        return apply(input.requires_grad ? input : input.detach().requires_grad_(true), block, weights);
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (input, block) = ((Tensor)vars[0], (Func<Tensor, Tensor>)vars[1]);
        ctx.save_for_backward([input]);
        ctx.save_data(Block, block);
        ctx.save_data(Weights, vars[2]);
        ctx.save_data(Within, new Precision(Autocast.Current));
        using var noGrad = no_grad();
        return block(input);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var weights = (ModelTensors)ctx.get_data(Weights);
        var input = ctx.get_saved_variables()[0].detach().requires_grad_(true);
        return weights.Failure.Guard(() => AutogradThread.Run(grad_output, () =>
        {
            using var withGrad = enable_grad();
            using var once = weights.WithoutTracking();
            Tensor output;
            using (Autocast.As(((Precision)ctx.get_data(Within)).Shorter))
                output = ((Func<Tensor, Tensor>)ctx.get_data(Block))(input);
            autograd.backward([output], [grad_output]);
            return [input.grad!, null!, null!];
        }), () => [zeros_like(input), null!, null!]);
    }

    private sealed record Precision((DeviceType, ScalarType)? Shorter);
}
