using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Native;

#pragma warning disable RS0030 // The one place where numbers become Scalars.

/// <summary>
/// Arithmetic with numbers. TorchSharp passes a number as a Scalar object, and adds two tensors with a hidden Scalar 1; neither is kept
/// alive during the native call, so that a garbage collection on another thread can free it while it is read. Here each lives long
/// enough, and an analyzer refuses the operators that do not see to it.
/// </summary>
internal static class Arithmetic
{
    private static readonly Scalar One = 1;

    public static Tensor Plus(this Tensor left, Tensor right) => left.add(right, One);

    /// <summary>left + factor·right</summary>
    public static Tensor Plus(this Tensor left, Tensor right, double factor)
    {
        using Scalar scalar = factor;
        return left.add(right, scalar);
    }

    public static Tensor Plus(this Tensor left, long number)
    {
        using Scalar scalar = number;
        return left.add(scalar, One);
    }

    public static Tensor Times(this Tensor left, double factor)
    {
        using Scalar scalar = factor;
        return left.mul(scalar);
    }

    public static Tensor DividedBy(this Tensor left, double divisor)
    {
        using Scalar scalar = divisor;
        return left.div(scalar);
    }

    // In place; the tensor itself is returned.

    public static Tensor Add(this Tensor target, Tensor other) => target.add_(other, One);

    /// <summary>target += factor·other</summary>
    public static Tensor Add(this Tensor target, Tensor other, double factor)
    {
        using Scalar scalar = factor;
        return target.add_(other, scalar);
    }

    public static Tensor Add(this Tensor target, long number)
    {
        using Scalar scalar = number;
        return target.add_(scalar, One);
    }

    /// <summary>target += number</summary>
    public static Tensor Shift(this Tensor target, double number)
    {
        using Scalar scalar = number;
        return target.add_(scalar, One);
    }

    public static Tensor Multiply(this Tensor target, double factor)
    {
        using Scalar scalar = factor;
        return target.mul_(scalar);
    }

    public static Tensor Divide(this Tensor target, double divisor)
    {
        using Scalar scalar = divisor;
        return target.div_(scalar);
    }

    public static Tensor Fill(this Tensor target, double number)
    {
        using Scalar scalar = number;
        return target.fill_(scalar);
    }

    public static Tensor Clamp(this Tensor target, double least, double most)
    {
        using Scalar from = least, to = most;
        return target.clamp_(from, to);
    }

    /// <summary>target += weight·(end - target)</summary>
    /// <summary>target += weight·(end - target)</summary>
    public static Tensor MoveTowards(this Tensor target, Tensor end, double weight)
    {
        using var share = tensor((float)weight, device: target.device);
        return target.lerp_(end, share);
    }

    /// <summary>The same with a weight that is on the device already, where putting it there would mean to wait.</summary>
    /// <param name="weight">scalar</param>
    public static Tensor MoveTowards(this Tensor target, Tensor end, Tensor weight) => target.lerp_(end, weight);

    /// <returns>(n) int64: 0, 1, ..., n-1</returns>
    public static Tensor Indices(long n, Device device) => tensor([.. Enumerable.Range(0, checked((int)n)).Select(i => (long)i)], device: device);
}
