using static TorchSharp.torch;

namespace Itra.Trainer.Models;

// What a pickle can turn into here: null, bool, long, double, string, byte[], List<object?> (list), object?[] (tuple),
// Dictionary<object, object?> (dict), OrderedDictionary<object, object?> (collections.OrderedDict), and the types below.

/// <summary>The bytes behind one or more tensors, as elements of one type.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Offset">Where the first element lies in the file.</param>
/// <param name="Elements">How many there are.</param>
internal sealed record StorageRef(ScalarType Type, long Offset, long Elements);

/// <summary>An instance of a compiled module: a name and its attributes; none of its code is looked at.</summary>
internal sealed record ScriptObject(string Type)
{
    public object? State { get; set; }
}

/// <summary>A function or class that a pickle names. Naming is all it can do: the reader knows what each one would build.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A NumPy element type, which schedulers leave behind in optimizer groups ("f8" for a learning rate).</summary>
internal sealed record NumpyType(string Code);
