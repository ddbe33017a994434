using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Models;

internal static class TensorAssert
{
    /// <summary>Same type, same shape, same bits.</summary>
    public static void Same(Tensor expected, Tensor actual, string name)
    {
        Assert.True(expected.dtype == actual.dtype, $"{name}: {actual.dtype} instead of {expected.dtype}");
        Assert.True(expected.shape.SequenceEqual(actual.shape), $"{name}: [{string.Join(",", actual.shape)}] instead of [{string.Join(",", expected.shape)}]");
        Assert.True(Bytes(expected).AsSpan().SequenceEqual(Bytes(actual)), $"{name}: other values");
    }

    /// <summary>Equal after a visit to half precision.</summary>
    public static void SameInHalfPrecision(Tensor expected, Tensor actual, string name)
    {
        using var half = expected.to_type(ScalarType.Float16);
        using var rounded = half.to_type(ScalarType.Float32);
        Same(rounded, actual, name);
    }

    public static byte[] Bytes(Tensor tensor)
    {
        using var contiguous = tensor.contiguous();
        var bytes = new byte[TensorMemory.ByteCount(contiguous)];
        TensorMemory.ForEachPiece(contiguous, (at, piece) => piece.CopyTo(bytes.AsSpan((int)at)));
        return bytes;
    }
}
