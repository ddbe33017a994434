using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Itra.Trainer.Clip;

/// <summary>A linear map or an MLP on top of a tower, with a unit-length result. Without layers it is the identity. Source: ITRA.</summary>
internal sealed class ProjectionHead(string prefix, int layers, int from, int to)
{
    private const int Hidden = 2048;

    public int OutputDim => layers == 0 ? from : to;

    public IEnumerable<TensorPlan> Plan() => Names().Select((name, i) => (name, i)).SelectMany(l =>
        Layers.LinearPlan(l.name, l.i == 0 ? from : Hidden, l.i == layers - 1 ? to : Hidden, Initialise.TruncatedNormal(0.02), Initialise.Zeros));

    /// <param name="x">(B, from)</param>
    /// <returns>(B, OutputDim)</returns>
    public Tensor Forward(ModelTensors w, Tensor x)
    {
        if (layers == 0) return x;
        foreach (var (name, i) in Names().Select((name, i) => (name, i)))
            x = Layers.Linear(w, name, i == 0 ? x : F.gelu(x));
        return w.Kernels.UnitLength(x);
    }

    // In an MLP the activations take the odd places, as the names in checkpoints show.
    private IEnumerable<string> Names() => layers switch
    {
        1 => [$"{prefix}.mlp"],
        _ => Enumerable.Range(0, layers).Select(i => $"{prefix}.mlp.{2 * i}"),
    };
}
