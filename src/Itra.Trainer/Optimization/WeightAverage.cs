using Itra.Trainer.Clip;
using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Optimization;

/// <summary>
/// Exponential moving average of everything that changes: the flat parameters in one operation, and the buffers of batch norm.
/// Source: timm's ModelEma. Frozen parameters are averages of themselves and are left alone.
/// </summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly FlatParameters parameters;
    private readonly ModelTensors model;
    private readonly double decay;
    private readonly Tensor average, share;

    public WeightAverage(ModelTensors model, FlatParameters parameters, double decay)
    {
        (this.model, this.parameters, this.decay) = (model, parameters, decay);
        using var noGrad = no_grad();
        average = parameters.Data.clone().DetachFromDisposeScope();
        share = tensor((float)(1 - decay), device: average.device).DetachFromDisposeScope();
        Tensors = model.Clone();
        foreach (var plan in parameters.Groups.SelectMany(g => g.Parameters))
            Tensors.Replace(plan.Name, parameters.View(average, plan.Name).DetachFromDisposeScope());
    }

    /// <summary>The averaged weights, under the model's names.</summary>
    public ModelTensors Tensors { get; }

    /// <summary>Takes the current weights in: average = decay·average + (1-decay)·weights.</summary>
    public void Update()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        average.MoveTowards(parameters.Data, share);
        foreach (var plan in model.Plan.Where(p => p.IsBuffer))
        {
            Tensor mine = Tensors[plan.Name], theirs = model[plan.Name];
            if (plan.Type == ScalarType.Int64) MoveCount(mine, theirs);
            else mine.MoveTowards(theirs, share);
        }
    }

    // A count is averaged as a number and cut to a whole one, as copying into an integer tensor does in the original.
    private void MoveCount(Tensor mine, Tensor theirs)
    {
        using Tensor before = mine.to(ScalarType.Float32), target = theirs.to(ScalarType.Float32), kept = before.Times(decay), after = kept.Plus(target, 1 - decay);
        mine.copy_(after);
    }

    public void Dispose()
    {
        Tensors.Dispose();
        average.Dispose();
        share.Dispose();
    }
}
