using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Optimization;

/// <summary>AdamW (Loshchilov and Hutter 2019) with torch's arithmetic, one fused call per group.</summary>
/// <param name="decoupled">False for Adam, which adds the decay to the gradient instead of taking it from the weights.</param>
internal sealed class AdamW(FlatParameters parameters, double beta1, double beta2, double epsilon, bool decoupled = true) : IOptimizer
{
    private readonly Tensor firstMoment = zeros_like(parameters.Data).DetachFromDisposeScope();
    private readonly Tensor secondMoment = zeros_like(parameters.Data).DetachFromDisposeScope();

    public long Updates { get; private set; }

    public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["exp_avg"] = firstMoment, ["exp_avg_sq"] = secondMoment };

    public void Resume(long updates) => Updates = updates;

    public void Step(double learningRate)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Updates++;
        var step = tensor((float)Updates);
        foreach (var (group, start, length) in parameters.Ranges)
        {
            Tensor data = parameters.Data.narrow(0, start, length), gradient = parameters.Gradient.narrow(0, start, length);
            if (!decoupled && group.WeightDecay != 0) gradient.Add(data, group.WeightDecay);
            LibTorch.FusedAdamW(
                data, gradient, firstMoment.narrow(0, start, length), secondMoment.narrow(0, start, length), step,
                learningRate * group.LearningRateScale, beta1, beta2, decoupled ? group.WeightDecay : 0, epsilon);
        }
    }

    public void Dispose()
    {
        firstMoment.Dispose();
        secondMoment.Dispose();
    }
}
