using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Native;

/// <summary>
/// What autograd computes on a GPU it computes on a thread of libtorch, and calls functions of ours from there. No scope is open on it: what such
/// a function leaves would wait for the garbage collector, which sees small objects only and is in no hurry.
/// </summary>
internal static class AutogradThread
{
    [ThreadStatic]
    private static List<Tensor>? handedOver;

    /// <summary>Runs a function's backward.</summary>
    /// <param name="gradient">That autograd has come with.</param>
    /// <param name="backward">Gives what autograd takes over; null for what needs no gradient.</param>
    public static List<Tensor> Run(Tensor gradient, Func<List<Tensor>> backward)
    {
        if (gradient.device_type == DeviceType.CPU) return backward();
        // Autograd holds on to what it needs of these itself, as soon as it has them.
        foreach (var earlier in handedOver ?? []) earlier.Dispose();
        handedOver = null;
        using var scope = NewDisposeScope();
        var gradients = backward();
        handedOver = [.. gradients.Where(g => g is not null).Select(g => g.DetachFromDisposeScope())];
        return gradients;
    }
}
