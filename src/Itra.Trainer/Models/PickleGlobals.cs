using System.Text;
using static TorchSharp.torch;

namespace Itra.Trainer.Models;

/// <summary>The functions and classes that a pickle of weights may name, and what each builds. Everything else is refused.</summary>
internal sealed class PickleGlobals(WeightBytes file)
{
    // A recalled key, a value of one byte, and the instruction that makes a tuple of them.
    private const long SmallestPair = 4;

    private long copied;
    private double claimed;

    public PickleGlobal Name(string module, string name) => (module, name) switch
    {
        ("collections", "OrderedDict") or ("torch", "Size") => new(module, name),
        ("torch._utils", "_rebuild_tensor_v2" or "_rebuild_tensor" or "_rebuild_parameter") => new(module, name),
        ("torch", _) when StorageType(name) is not null => new(module, name),
        ("torch.jit._pickle", "build_intlist" or "build_doublelist" or "build_boollist" or "build_tensorlist" or "restore_type_tag") => new(module, name),
        ("numpy.core.multiarray" or "numpy._core.multiarray", "scalar") => new("numpy", name),
        ("numpy", "dtype") or ("_codecs", "encode") => new(module, name),
        _ when module == "__torch__" || module.StartsWith("__torch__.", StringComparison.Ordinal) => new(module, name),
        _ => throw file.Broken($"it names {module}.{name}, which is code and not weights (nothing was run)"),
    };

    public object? Call(PickleGlobal function, object?[] arguments) => (function.Name, arguments) switch
    {
        ("OrderedDict", []) => new OrderedDictionary<object, object?>(),
        ("OrderedDict", [List<object?> pairs]) => Ordered(pairs),
        ("Size", [object?[] sizes]) => sizes,
        ("_rebuild_tensor_v2" or "_rebuild_tensor", [StorageRef storage, long first, object?[] shape, object?[] strides, ..]) =>
            Claimed(TensorRef.Within(storage, first, Integers(shape), Integers(strides), file)),
        ("_rebuild_parameter", [TensorRef tensor, ..]) => tensor,
        ("restore_type_tag", [var value, string]) => value,
        ("build_intlist" or "build_doublelist" or "build_boollist" or "build_tensorlist", [List<object?> list]) => list,
        ("dtype", [string code, ..]) => new NumpyType(code),
        ("encode", [string text, "latin1"]) when text.All(c => c < 256) => Encoding.Latin1.GetBytes(Copied(text, text.Length)),
        ("scalar", [NumpyType type, byte[] bytes]) => Scalar(type, bytes),
        _ => throw file.Broken($"it calls {function} in a way that weights do not"),
    };

    public object Create(PickleGlobal type) => type.Module.StartsWith("__torch__", StringComparison.Ordinal)
        ? new ScriptObject(type.ToString())
        : throw file.Broken($"it creates a {type}, which weights do not need");

    /// <summary>What <c>__setstate__</c> would do: attributes of a module; nothing for the others, whose state adds nothing.</summary>
    public void SetState(object? target, object? state)
    {
        switch (target)
        {
            case ScriptObject module: module.State = state; break;
            case OrderedDictionary<object, object?>: break;
            case NumpyType when state is object?[] and [_, "<" or "|" or "=", ..]: break;
            default: throw file.Broken("it changes the state of a value that has none");
        }
    }

    /// <summary>Element type of a storage class of PyTorch; null when it is not one, or not one that weights come in.</summary>
    public static ScalarType? StorageType(string name) =>
        Array.FindIndex(Storages, s => s.Name == name) is var at and >= 0 ? Storages[at].Type : null;

    /// <summary>Storage class of PyTorch for an element type.</summary>
    /// <exception cref="ArgumentException">Weights do not come in this type.</exception>
    public static string StorageName(ScalarType type) =>
        Array.Find(Storages, s => s.Type == type).Name ?? throw new ArgumentException($"weights cannot be written as {type}", nameof(type));

    private static readonly (string Name, ScalarType Type)[] Storages =
    [
        ("FloatStorage", ScalarType.Float32), ("HalfStorage", ScalarType.Float16), ("BFloat16Storage", ScalarType.BFloat16),
        ("DoubleStorage", ScalarType.Float64), ("LongStorage", ScalarType.Int64), ("IntStorage", ScalarType.Int32),
        ("ShortStorage", ScalarType.Int16), ("CharStorage", ScalarType.Int8), ("ByteStorage", ScalarType.Byte),
        ("BoolStorage", ScalarType.Bool),
    ];

    /// <summary>A value that is recalled again and again must not be copied again and again: what is honest stands in the file as often as it is used.</summary>
    private T Copied<T>(T value, long items) => (copied += items) <= file.Length ? value : throw file.Broken("its values would unfold to far more than the file has");

    /// <summary>Views may share bytes; beyond this much sharing it is a trap for memory, not a model.</summary>
    private TensorRef Claimed(TensorRef tensor) => (claimed += tensor.ByteCount) <= 8.0 * file.Length + (1 << 20) ? tensor : throw file.Broken("its tensors claim far more bytes than the file has");

    private OrderedDictionary<object, object?> Ordered(List<object?> pairs)
    {
        var items = new OrderedDictionary<object, object?>();
        foreach (var pair in Copied(pairs, SmallestPair * pairs.Count))
        {
            var (key, value) = pair switch
            {
                List<object?> and [string k, var v] => (k, v),
                object?[] and [string k, var v] => (k, v),
                _ => throw file.Broken("an OrderedDict is not made of pairs"),
            };
            items[key] = value;
        }

        return items;
    }

    private long[] Integers(object?[] values) =>
        [.. Copied(values, values.Length).Select(v => v is long n ? n : throw file.Broken("a tensor has a shape that is not made of whole numbers"))];

    private object Scalar(NumpyType type, byte[] bytes) => (type.Code, bytes.Length) switch
    {
        ("f8", 8) => BitConverter.ToDouble(bytes),
        ("f4", 4) => (double)BitConverter.ToSingle(bytes),
        ("i8", 8) => BitConverter.ToInt64(bytes),
        ("i4", 4) => (long)BitConverter.ToInt32(bytes),
        ("b1", 1) => bytes[0] != 0,
        _ => throw file.Broken($"it holds a NumPy scalar of type {type.Code} in {bytes.Length} bytes"),
    };
}
