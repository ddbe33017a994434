using System.Runtime.InteropServices;
using Itra.Domain;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Native;

/// <summary>The bytes of a tensor that lies contiguous in host memory. The tensor must outlive every pointer taken from it.</summary>
internal static unsafe partial class TensorMemory
{
    private const string Binding = "LibTorchSharp", Function = "THSTensor_data";

    public static FastPath Path { get; } = FastPath.Of("addresses", "tensors of any size are read and written in place, and NCCL gets at them", "tensors of 2 GB and more cannot be read or written, and NCCL cannot be used", () =>
        NativeLibrary.TryGetExport(NativeLibrary.Load(Binding, typeof(TensorMemory).Assembly, null), Function, out _) ? null : $"TorchSharp's own library does not export {Function}");

    /// <summary>Address of the first element.</summary>
    /// <exception cref="ArgumentException">The tensor is on another device, or strided.</exception>
    public static byte* Pointer(Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU) throw new ArgumentException($"a tensor on {tensor.device} has no host address", nameof(tensor));
        if (!tensor.is_contiguous()) throw new ArgumentException("the bytes of a strided tensor do not lie in order", nameof(tensor));
        return Path.IsUsed ? (byte*)THSTensor_data(tensor.Handle) : Start(tensor);
    }

    /// <summary>The same of (B, C, H, W) with the channels of a pixel side by side, without making a view.</summary>
    /// <exception cref="ArgumentException">The tensor is on another device, or in another order.</exception>
    public static byte* ChannelsLastPointer(Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU || !IsChannelsLast(tensor)) throw new ArgumentException($"a tensor on {tensor.device} with strides {string.Join(", ", tensor.stride())}", nameof(tensor));
        if (Path.IsUsed) return (byte*)THSTensor_data(tensor.Handle);
        using var rows = tensor.permute(0, 2, 3, 1);
        return Start(rows);
    }

    /// <summary>Whether the channels of each pixel of (B, C, H, W) lie side by side, and nothing between them. Asked without making a view.</summary>
    public static bool IsChannelsLast(Tensor x)
    {
        long channels = x.size(1), height = x.size(2), width = x.size(3);
        return Steps(1, 1) && Steps(3, channels) && Steps(2, width * channels) && Steps(0, height * width * channels);

        // Of a single element it does not matter how far the next one would be.
        bool Steps(int dimension, long elements) => x.size(dimension) == 1 || x.stride(dimension) == elements;
    }

    /// <summary>Address of the first element on its device, which only that device can use.</summary>
    /// <exception cref="ArgumentException">The tensor is strided.</exception>
    public static nint DevicePointer(Tensor tensor) => !tensor.is_contiguous() ? throw new ArgumentException("the elements of a strided tensor do not lie in order", nameof(tensor))
        : Path.IsUsed ? THSTensor_data(tensor.Handle) : throw new UserErrorException($"NCCL cannot be given a tensor's address: {Path.Missing}");

    /// <summary>Size of the elements in bytes (views count their own elements, not the storage they look into).</summary>
    public static long ByteCount(Tensor tensor) => tensor.numel() * tensor.ElementSize;

    /// <summary>The elements of a float32 tensor of less than 2^31 of them.</summary>
    public static ReadOnlySpan<float> Floats(Tensor tensor) => tensor.dtype == ScalarType.Float32
        ? new ReadOnlySpan<float>(Pointer(tensor), checked((int)tensor.numel()))
        : throw new ArgumentException($"the elements are {tensor.dtype}, not float32", nameof(tensor));

    /// <summary>The elements of a bfloat16 tensor, as the upper halves of float32.</summary>
    public static Span<ushort> Bfloats(Tensor tensor) => tensor.dtype == ScalarType.BFloat16
        ? new Span<ushort>(Pointer(tensor), checked((int)tensor.numel()))
        : throw new ArgumentException($"the elements are {tensor.dtype}, not bfloat16", nameof(tensor));

    /// <summary>Hands the bytes out piece by piece, because a span ends at 2 GiB and a tensor does not.</summary>
    public static void ForEachPiece(Tensor tensor, PieceAction action)
    {
        const int Piece = 16 << 20;
        var start = Pointer(tensor);
        var left = ByteCount(tensor);
        for (long at = 0; left > 0; at += Piece, left -= Piece)
            action(at, new Span<byte>(start + at, (int)Math.Min(Piece, left)));
        GC.KeepAlive(tensor);
    }

    /// <param name="offset">Position of the piece in the tensor, in bytes.</param>
    /// <param name="bytes">The memory itself, not a copy.</param>
    public delegate void PieceAction(long offset, Span<byte> bytes);

    // It does not move: torch owns the memory.
    private static byte* Start(Tensor tensor)
    {
        fixed (byte* start = tensor.bytes) return start;
    }

    [LibraryImport(Binding)]
    private static partial nint THSTensor_data(nint handle);
}
