using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Optimization;

/// <summary>AdamW (Loshchilov and Hutter 2019) with torch's arithmetic, one fused call per group where libtorch has it.</summary>
/// <param name="decoupled">False for Adam, which adds the decay to the gradient instead of taking it from the weights.</param>
internal sealed class AdamW(FlatParameters parameters, double beta1, double beta2, double epsilon, bool decoupled = true) : IOptimizer
{
    private readonly Tensor firstMoment = zeros_like(parameters.Data).DetachFromDisposeScope();
    private readonly Tensor secondMoment = zeros_like(parameters.Data).DetachFromDisposeScope();

    /// <summary>Whether libtorch does all of it in one pass; otherwise it is done operation by operation.</summary>
    public bool IsFused { get; init; } = LibTorch.HasFusedAdamW(parameters.Data.device_type);

    public long Updates { get; private set; }

    public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["exp_avg"] = firstMoment, ["exp_avg_sq"] = secondMoment };

    public void Resume(long updates) => Updates = updates;

    public void Step(double learningRate)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Updates++;
        var step = tensor((float)Updates, device: parameters.Data.device);
        foreach (var (group, start, length) in parameters.Ranges)
        {
            Tensor data = parameters.Data.narrow(0, start, length), gradient = parameters.Gradient.narrow(0, start, length);
            if (!decoupled && group.WeightDecay != 0) gradient.Add(data, group.WeightDecay);
            Tensor first = firstMoment.narrow(0, start, length), second = secondMoment.narrow(0, start, length);
            double rate = learningRate * group.LearningRateScale, decay = decoupled ? group.WeightDecay : 0;
            if (IsFused) LibTorch.FusedAdamW(data, gradient, first, second, step, rate, beta1, beta2, decay, epsilon);
            else StepByOperations(data, gradient, first, second, rate, decay);
        }
    }

    private void StepByOperations(Tensor data, Tensor gradient, Tensor first, Tensor second, double rate, double decay)
    {
        if (decay != 0) data.Multiply(1 - rate * decay);
        first.Multiply(beta1).Add(gradient, 1 - beta1);
        second.Multiply(beta2).Add(gradient.square(), 1 - beta2);
        var deviation = second.sqrt().Divide(Math.Sqrt(1 - Math.Pow(beta2, Updates))).Shift(epsilon);
        data.Add(first.div(deviation), -rate / (1 - Math.Pow(beta1, Updates)));
    }

    public void Dispose()
    {
        firstMoment.Dispose();
        secondMoment.Dispose();
    }
}
