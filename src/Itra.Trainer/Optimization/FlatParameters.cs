using Itra.Trainer.Clip;
using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Optimization;

/// <summary>
/// All trainable parameters in one buffer, and their gradients in another of the same layout, so that clipping, updating, averaging and
/// zeroing are a few operations on long vectors. The model's tensors become views into the buffer. Section follows section, and within
/// one group follows group: a section's gradients can be sent away as soon as they are there.
/// </summary>
/// <remarks>
/// Nothing may replace the views or their gradients: autograd adds in place into the gradient it finds. Each parameter starts on a
/// 64-byte boundary; the gaps are zero and stay so under every operation used here.
/// </remarks>
internal sealed class FlatParameters : IDisposable
{
    private const long Alignment = 16; // float32 values in 64 bytes

    private readonly Dictionary<string, (long Offset, TensorPlan Plan)> places = [];
    private readonly Dictionary<int, (long Start, long Length)> sections = [];

    /// <param name="sectionOf">Number of the section that a parameter of this name is in; null for a single one.</param>
    public FlatParameters(ModelTensors model, IReadOnlyList<ParameterGroup> groups, Func<string, int>? sectionOf = null)
    {
        using var noGrad = no_grad();
        long length = 0;
        List<(ParameterGroup, long, long)> ranges = [];
        foreach (var section in groups.SelectMany(g => g.Parameters.Select(p => (Group: g, Plan: p))).GroupBy(p => sectionOf?.Invoke(p.Plan.Name) ?? 0).OrderBy(s => s.Key))
        {
            var sectionStart = length;
            foreach (var part in section.GroupBy(p => p.Group))
            {
                var start = length;
                foreach (var (_, plan) in part)
                {
                    places.Add(plan.Name, (length, plan));
                    length += Padded(plan.Elements);
                }
                ranges.Add((part.Key, start, length - start));
            }
            sections.Add(section.Key, (sectionStart, length - sectionStart));
        }
        Data = zeros(length, device: model.Device).DetachFromDisposeScope();
        Gradient = zeros(length, device: model.Device).DetachFromDisposeScope();
        Groups = groups;
        Ranges = ranges;

        foreach (var (name, (offset, plan)) in places)
        {
            using var place = Data.narrow(0, offset, plan.Elements);
            using var view = place.view(plan.Shape);
            view.copy_(model[name]);
            var leaf = view.detach().requires_grad_(true);
            leaf.grad = Gradient.narrow(0, offset, plan.Elements).view(plan.Shape);
            model.Replace(name, leaf.DetachFromDisposeScope());
        }
    }

    /// <summary>(N) float32: the parameters.</summary>
    public Tensor Data { get; }

    /// <summary>(N) float32: their gradients.</summary>
    public Tensor Gradient { get; }

    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>Where groups, or those parts of them that are in one section, lie in the buffers.</summary>
    public IReadOnlyList<(ParameterGroup Group, long Start, long Length)> Ranges { get; }

    /// <summary>Elements that a parameter takes in the buffers; those behind its own are zero.</summary>
    public static long Padded(long elements) => (elements + Alignment - 1) / Alignment * Alignment;

    /// <summary>The part of a buffer of this layout that belongs to one parameter, in its shape. The caller disposes it.</summary>
    public Tensor View(Tensor buffer, string name)
    {
        var (offset, plan) = places[name];
        using var range = buffer.narrow(0, offset, plan.Elements);
        return range.view(plan.Shape);
    }

    /// <summary>The gradients of one section, flat; null if it has no parameters. In the scope that is open.</summary>
    public Tensor? GradientOf(int section) => sections.TryGetValue(section, out var place) ? Gradient.narrow(0, place.Start, place.Length) : null;

    /// <summary>Scales the gradient to at most <paramref name="maxNorm"/>. Source: torch.nn.utils.clip_grad_norm_.</summary>
    /// <param name="norm">That it has.</param>
    /// <param name="lossScale">What it is to be divided by besides; the norm is that of the quotient.</param>
    public void ClipGradient(double norm, double maxNorm, double lossScale = 1)
    {
        using var scope = NewDisposeScope();
        var scale = maxNorm / ((float)norm + 1e-6);
        var factor = (scale < 1 ? scale : 1) / lossScale;
        if (factor != 1) Gradient.Multiply(factor);
    }

    public void ZeroGradient()
    {
        using var scope = NewDisposeScope();
        Gradient.zero_();
    }

    public void Dispose()
    {
        Data.Dispose();
        Gradient.Dispose();
    }
}
