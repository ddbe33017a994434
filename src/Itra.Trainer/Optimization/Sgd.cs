using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Optimization;

/// <summary>Stochastic gradient descent with momentum, Nesterov's if asked for, and coupled weight decay, with torch's arithmetic.</summary>
internal sealed class Sgd(FlatParameters parameters, double momentum, bool nesterov) : IOptimizer
{
    private readonly Tensor velocity = zeros_like(parameters.Data).DetachFromDisposeScope();

    public long Updates { get; private set; }

    public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["momentum_buffer"] = velocity };

    public void Resume(long updates) => Updates = updates;

    public void Step(double learningRate)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (group, start, length) in parameters.Ranges)
        {
            var data = parameters.Data.narrow(0, start, length);
            var v = velocity.narrow(0, start, length);
            var gradient = parameters.Gradient.narrow(0, start, length);
            if (group.WeightDecay != 0) gradient = gradient.Plus(data, group.WeightDecay);
            // The velocity starts at zero, so that the first update needs no case of its own: torch starts it at the gradient, which is the same.
            v.Multiply(momentum).Add(gradient);
            data.Add(nesterov ? gradient.Plus(v, momentum) : v, -learningRate * group.LearningRateScale);
        }
        Updates++;
    }

    public void Dispose() => velocity.Dispose();
}
