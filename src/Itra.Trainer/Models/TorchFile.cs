using System.Diagnostics.CodeAnalysis;

namespace Itra.Trainer.Models;

/// <summary>
/// What <c>torch.save</c> and TorchScript write: a zip archive whose <c>data.pkl</c> holds the structure and whose <c>data/N</c>
/// hold the bytes. Accepts a state dict, a checkpoint with a <c>state_dict</c> in it, and a compiled module.
/// </summary>
internal sealed class TorchFile : IWeightFile
{
    private readonly WeightBytes bytes;
    private readonly IReadOnlyDictionary<string, ZipMember> members;
    private readonly string folder;
    private readonly OrderedDictionary<string, TensorRef> tensors = [];
    private readonly Dictionary<string, object?> extras = [];
    private int visited;

    public TorchFile(WeightBytes bytes)
    {
        this.bytes = bytes;
        members = ZipDirectory.Read(bytes);
        var pickle = members.Keys.Where(name => name.EndsWith("/data.pkl", StringComparison.Ordinal) && name.Count(c => c == '/') == 1).ToArray();
        if (pickle.Length != 1) throw bytes.Broken("it is a zip archive, but torch.save did not write it (no data.pkl)");
        folder = pickle[0][..^"data.pkl".Length];
        RefuseBigEndian();

        var structure = Member("data.pkl");
        var input = new ByteReader(bytes, bytes.Read(structure.Offset, structure.Length, "data.pkl"), "data.pkl");
        Root = new PickleReader(input, new PickleGlobals(bytes), Storage).Read();
        Collect();
        Tensors = [.. tensors.Select(t => new TensorEntry(t.Key, t.Value.Type, t.Value.Shape))];
    }

    /// <summary>The whole tree; tensors in it are <see cref="TensorRef"/>.</summary>
    public object? Root { get; }

    public IReadOnlyList<TensorEntry> Tensors { get; }

    public IReadOnlyDictionary<string, object?> Extras => extras;

    public StoredTensor Find(string name) => tensors.TryGetValue(name, out var tensor)
        ? new StoredTensor(tensor, bytes)
        : throw new ArgumentException($"{bytes.Path} has no tensor '{name}'", nameof(name));

    /// <summary>A tensor found anywhere in the tree.</summary>
    public StoredTensor At(TensorRef tensor) => new(tensor, bytes);

    public void Dispose() => bytes.Dispose();

    private ZipMember Member(string name) => !members.TryGetValue(folder + name, out var member)
        ? throw bytes.Broken($"its archive lacks '{name}'")
        : member.Stored ? member : throw bytes.Broken($"'{name}' is compressed, which torch.save never does");

    private void RefuseBigEndian()
    {
        if (!members.ContainsKey(folder + "byteorder")) return;
        var order = Member("byteorder");
        if (!bytes.Read(order.Offset, order.Length, "byteorder").AsSpan().SequenceEqual("little"u8))
            throw bytes.Broken("it was written on a big-endian machine");
    }

    // The id of a storage: ("storage", class, key, device, elements).
    private StorageRef Storage(object? id)
    {
        if (id is not (object?[] and ["storage", PickleGlobal { Module: "torch" } kind, string key, string, long elements]))
            throw bytes.Broken("a tensor's storage is described in an unknown way");
        var type = PickleGlobals.StorageType(kind.Name) ?? throw bytes.Broken($"a storage is a {kind}");
        var member = Member("data/" + key);
        if (elements < 0 || elements > member.Length / TensorRef.SizeOf(type)) throw bytes.Broken($"storage {key} is shorter than it claims");
        return new StorageRef(type, member.Offset, elements);
    }

    private void Collect()
    {
        switch (Root)
        {
            case ScriptObject module: Walk(module.State, ""); break;
            case IReadOnlyDictionary<object, object?> root when IsCheckpoint(root, out var weights):
                Keep(weights);
                foreach (var (key, value) in root.Where(item => item.Key is not "state_dict")) extras[$"{key}"] = value;
                break;
            case IReadOnlyDictionary<object, object?> root: Keep(root); break;
            default: throw bytes.Broken("it holds neither a state dict nor a module");
        }

        if (tensors.Count == 0) throw bytes.Broken($"it holds no tensors{(extras.Count > 0 ? ", only " + string.Join(", ", extras.Keys.Take(5)) : "")}");
        // Views may share bytes; beyond this much sharing it is a trap for memory, not a model.
        if (tensors.Values.Sum(t => (double)t.ByteCount) > 8.0 * bytes.Length + (1 << 20)) throw bytes.Broken("its tensors claim far more bytes than the file has");
    }

    private static bool IsCheckpoint(IReadOnlyDictionary<object, object?> root, [NotNullWhen(true)] out IReadOnlyDictionary<object, object?>? weights)
    {
        weights = root.GetValueOrDefault("state_dict") as IReadOnlyDictionary<object, object?>;
        return weights is not null;
    }

    private void Keep(IReadOnlyDictionary<object, object?> weights)
    {
        foreach (var (key, value) in weights)
        {
            if (value is TensorRef tensor) tensors[$"{key}"] = tensor;
            else extras[$"{key}"] = value;
        }
    }

    // A hostile module can contain itself; a real one is a dozen levels deep.
    private void Walk(object? value, string path, int depth = 0)
    {
        const int Deepest = 64, Longest = 1024, Most = 1_000_000;
        if (++visited > Most || depth > Deepest || path.Length > Longest) throw bytes.Broken("its modules contain one another without end");
        if (value is TensorRef tensor) tensors[path] = tensor;
        if (value is ScriptObject module) value = module.State;
        if (value is not IReadOnlyDictionary<object, object?> attributes) return;
        foreach (var (key, child) in attributes) Walk(child, depth == 0 ? $"{key}" : $"{path}.{key}", depth + 1);
    }
}
