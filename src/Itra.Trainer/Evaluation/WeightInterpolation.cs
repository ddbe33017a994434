using Itra.Trainer.Clip;
using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Evaluation;

/// <summary>
/// Weights on the line between two models of one architecture. Source: Wortsman et al. 2022 (WiSE-FT), with ITRA's reach: every entry of
/// the state dict is mixed, the temperature and batch norm's statistics too.
/// </summary>
internal static class WeightInterpolation
{
    /// <summary>(1-alpha)·start + alpha·end, with storage of its own; the caller disposes it.</summary>
    /// <param name="alpha">From 0, which gives <paramref name="start"/>, to 1, which gives <paramref name="end"/>.</param>
    /// <exception cref="ArgumentException">Alpha lies outside of 0 to 1, or the two are not of one architecture.</exception>
    public static ModelTensors Mix(ModelTensors start, ModelTensors end, double alpha)
    {
        if (alpha is not (>= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(alpha), alpha, "outside of 0 to 1");
        if (!start.Plan.Select(p => p.Name).SequenceEqual(end.Plan.Select(p => p.Name))) throw new ArgumentException("the two models consist of different tensors", nameof(end));

        using var noGrad = no_grad();
        var mixed = start.Clone();
        foreach (var plan in mixed.Plan)
        {
            using var scope = NewDisposeScope();
            var target = mixed[plan.Name];
            var share = end[plan.Name].detach().Times(alpha);
            // A count is mixed as a number and cut to a whole one, as copying into an integer tensor does in the original.
            if (plan.Type == ScalarType.Int64) target.copy_(target.Times(1 - alpha).Plus(share));
            else target.Multiply(1 - alpha).Add(share);
        }
        return mixed;
    }
}
