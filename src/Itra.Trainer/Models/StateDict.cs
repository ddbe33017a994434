using System.Collections;
using Itra.Domain;
using static TorchSharp.torch;

namespace Itra.Trainer.Models;

/// <summary>
/// Every parameter and buffer of a model under its ITRA name, in ITRA's order of parts and the file's order within each. Floating
/// tensors are float32 and whole-number ones int64, on the host, contiguous. Owns its tensors.
/// </summary>
internal sealed class StateDict : IReadOnlyDictionary<string, Tensor>, IDisposable
{
    private readonly OrderedDictionary<string, Tensor> tensors = [];

    private StateDict()
    {
    }

    public int Count => tensors.Count;

    public IEnumerable<string> Keys => tensors.Keys;

    public IEnumerable<Tensor> Values => tensors.Values;

    public Tensor this[string name] => tensors[name];

    /// <summary>Reads weights of any form and naming.</summary>
    /// <exception cref="UserErrorException">The file is unusable, or holds tensors that are not CLIP's.</exception>
    public static StateDict Read(string path)
    {
        using var file = WeightFile.Open(path);
        return Read(file, path);
    }

    /// <inheritdoc cref="Read(string)"/>
    public static StateDict Read(IWeightFile file, string path) => Load(Find(file, path));

    /// <summary>The same tensors, not read yet: a model that is there already takes them without another copy.</summary>
    /// <inheritdoc cref="Read(string)"/>
    public static OrderedDictionary<string, StoredTensor> Find(IWeightFile file, string path) => Find(file, path, []);

    /// <summary>What of a file is CLIP's.</summary>
    /// <param name="foreign">Names in the file that belong to no part of a CLIP model.</param>
    /// <inheritdoc cref="Find(IWeightFile, string)"/>
    public static OrderedDictionary<string, StoredTensor> Find(IWeightFile file, string path, out IReadOnlyList<string> foreign)
    {
        foreign = [.. file.Tensors.Select(t => t.Name).Where(n => !ParameterNames.TryToItra(n, out _))];
        return Find(file, path, foreign);
    }

    /// <summary>Loads tensors, and keeps them in the given order.</summary>
    public static StateDict Load(OrderedDictionary<string, StoredTensor> stored)
    {
        var weights = new StateDict();
        var loaded = new Tensor?[stored.Count];
        try
        {
            ParallelReads.ForEach(Enumerable.Range(0, stored.Count), i => loaded[i] = Normalise(stored.GetAt(i).Value.Load()).DetachFromDisposeScope());
            foreach (var (i, name) in stored.Keys.Index()) weights.tensors.Add(name, loaded[i]!);
            return weights;
        }
        catch
        {
            foreach (var tensor in loaded) tensor?.Dispose();
            throw;
        }
    }

    /// <summary>ITRA name and stored name of every parameter, in ITRA's order, without reading a tensor.</summary>
    public static IReadOnlyList<(string Name, string Stored)> Names(IWeightFile file, string path) => Names(file, path, []);

    private static OrderedDictionary<string, StoredTensor> Find(IWeightFile file, string path, IReadOnlyList<string> without) =>
        new(Names(file, path, without).Select(n => KeyValuePair.Create(n.Name, file.Find(n.Stored))));

    private static List<(string Name, string Stored)> Names(IWeightFile file, string path, IReadOnlyList<string> without)
    {
        try
        {
            var names = file.Tensors.Where(t => !without.Contains(t.Name))
                .Select(t => (Name: ParameterNames.ToItra(t.Name)!, Stored: t.Name))
                .Where(n => n.Name is not null)
                .OrderBy(n => ParameterNames.Rank(n.Name))
                .ToList();
            var twice = names.GroupBy(n => n.Name).FirstOrDefault(g => g.Count() > 1);
            return twice is null ? names : throw new FormatException($"'{twice.Key}' is there under two names");
        }
        catch (FormatException e)
        {
            throw new UserErrorException($"{path} does not hold CLIP weights: {e.Message}. Name a file of OpenAI, open_clip or ITRA.", e);
        }
    }

    public bool ContainsKey(string key) => tensors.ContainsKey(key);

    public bool TryGetValue(string key, out Tensor value) => tensors.TryGetValue(key, out value!);

    public IEnumerator<KeyValuePair<string, Tensor>> GetEnumerator() => tensors.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose()
    {
        foreach (var tensor in tensors.Values) tensor.Dispose();
    }

    private static Tensor Normalise(Tensor stored)
    {
        var type = stored.is_floating_point() ? ScalarType.Float32 : ScalarType.Int64;
        if (stored.dtype == type) return stored;
        using (stored) return stored.to_type(type);
    }
}
