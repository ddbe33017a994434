using Itra.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Models;

/// <summary>A tensor that still lies in a file.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="Strides">Distance between neighbours along each axis, in elements.</param>
/// <param name="Offset">Where element 0 lies in the file, in bytes.</param>
internal sealed record TensorRef(ScalarType Type, long[] Shape, long[] Strides, long Offset)
{
    /// <summary>As many as libtorch takes everywhere.</summary>
    public const int MostAxes = 64;

    /// <summary>A tensor without holes.</summary>
    public static TensorRef Contiguous(ScalarType type, long[] shape, long offset) => new(type, shape, ContiguousStrides(shape), offset);

    /// <summary>A view into a storage, checked against its ends.</summary>
    /// <exception cref="Domain.UserErrorException">The view leaves the storage.</exception>
    public static TensorRef Within(StorageRef storage, long first, long[] shape, long[] strides, WeightBytes file)
    {
        if (shape.Length != strides.Length || shape.Length > MostAxes) throw file.Broken("a tensor has other axes than strides");
        if (shape.Any(n => n < 0) || strides.Any(s => s < 0) || first < 0) throw file.Broken("a tensor has a negative size, stride or offset");

        if (!IsAddressable(shape)) throw file.Broken($"a tensor has the shape [{string.Join(", ", shape)}]");
        if (shape.Contains(0)) return Contiguous(storage.Type, shape, storage.Offset);

        Int128 last = first;
        foreach (var (size, stride) in shape.Zip(strides).Append((1L, 0L)))
        {
            last += (Int128)(size - 1) * stride;
            if (last >= storage.Elements) throw file.Broken($"a tensor of shape [{string.Join(", ", shape)}] reaches past the end of its storage");
        }

        return new TensorRef(storage.Type, shape, strides, storage.Offset + first * SizeOf(storage.Type));
    }

    public long ByteCount => Elements * SizeOf(Type);

    private long Elements => Shape.Aggregate(1L, (product, n) => product * n);

    /// <summary>Reads the tensor: fresh, contiguous, on the host, in its stored type.</summary>
    public Tensor Load(WeightBytes file)
    {
        TorchLibraries.MustBeUsable();
        if (Elements == 0 || Strides.SequenceEqual(ContiguousStrides(Shape))) return Read(file, Shape);

        // Read the span from the first to the last element in one go, then let libtorch pick.
        var reach = 1 + Shape.Zip(Strides, (n, s) => (n - 1) * s).Sum();
        using var span = Read(file, [reach]);
        using var view = span.as_strided(Shape, Strides);
        return view.contiguous();
    }

    /// <summary>Reads the tensor into one of the same shape, without another copy if that is in host memory, of the same type and without holes.</summary>
    public void LoadInto(Tensor destination, WeightBytes file)
    {
        if (destination.device_type == DeviceType.CPU && destination.dtype == Type && destination.is_contiguous() && Strides.SequenceEqual(ContiguousStrides(Shape)) && destination.shape.SequenceEqual(Shape))
        {
            Fill(destination, file);
            return;
        }
        using var values = Load(file);
        destination.copy_(values);
    }

    public static int SizeOf(ScalarType type) => type switch
    {
        ScalarType.Float64 or ScalarType.Int64 => 8,
        ScalarType.Float32 or ScalarType.Int32 => 4,
        ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Int16 => 2,
        ScalarType.Int8 or ScalarType.Byte or ScalarType.Bool => 1,
        _ => throw new ArgumentException($"weights of type {type} are not known", nameof(type)),
    };

    /// <summary>Whether counting the elements stays within 64 bits, also where a zero hides the other sizes.</summary>
    public static bool IsAddressable(long[] shape)
    {
        Int128 count = 1;
        foreach (var size in shape)
            if ((count *= Math.Max(size, 1)) > long.MaxValue / 8) return false;
        return true;
    }

    public static long[] ContiguousStrides(long[] shape)
    {
        var strides = new long[shape.Length];
        var step = 1L;
        for (var axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = step;
            step *= shape[axis];
        }

        return strides;
    }

    private Tensor Read(WeightBytes file, long[] shape)
    {
        var tensor = empty(shape, Type, CPU);
        try
        {
            Fill(tensor, file);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    private void Fill(Tensor tensor, WeightBytes file) => TensorMemory.ForEachPiece(tensor, (at, bytes) => file.Read(Offset + at, bytes, "a tensor"));
}
