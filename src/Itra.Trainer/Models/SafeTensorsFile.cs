using System.Text.Json;
using static TorchSharp.torch;

namespace Itra.Trainer.Models;

/// <summary>A safetensors file (huggingface/safetensors, "Format"): header length, JSON header, then the bytes without holes.</summary>
internal sealed class SafeTensorsFile : IWeightFile
{
    private readonly WeightBytes bytes;
    private readonly OrderedDictionary<string, TensorRef> tensors = [];

    public SafeTensorsFile(WeightBytes bytes)
    {
        this.bytes = bytes;
        var length = BitConverter.ToInt64(bytes.Read(0, 8, "the header length"));
        var start = 8 + length;
        using var header = Parse(bytes.Read(8, length, "the header"));
        try
        {
            foreach (var item in header.RootElement.EnumerateObject())
            {
                if (item.Name == "__metadata__") Extras = Metadata(item.Value);
                else tensors.Add(item.Name, Describe(item.Name, item.Value, start));
            }
        }
        catch (InvalidOperationException e)
        {
            throw NoText(e);
        }

        RefuseHoles(start);
        Tensors = [.. tensors.Select(t => new TensorEntry(t.Key, t.Value.Type, t.Value.Shape))];
    }

    public IReadOnlyList<TensorEntry> Tensors { get; }

    public IReadOnlyDictionary<string, object?> Extras { get; } = new Dictionary<string, object?>();

    /// <summary>The name the format gives an element type; null when it has none here.</summary>
    public static string? NameOf(ScalarType type) => Types.FirstOrDefault(t => t.Type == type).Name;

    public StoredTensor Find(string name) => tensors.TryGetValue(name, out var tensor)
        ? new StoredTensor(tensor, bytes)
        : throw new ArgumentException($"{bytes.Path} has no tensor '{name}'", nameof(name));

    public void Dispose() => bytes.Dispose();

    private static readonly (string Name, ScalarType Type)[] Types =
    [
        ("F64", ScalarType.Float64), ("F32", ScalarType.Float32), ("F16", ScalarType.Float16), ("BF16", ScalarType.BFloat16),
        ("I64", ScalarType.Int64), ("I32", ScalarType.Int32), ("I16", ScalarType.Int16), ("I8", ScalarType.Int8),
        ("U8", ScalarType.Byte), ("BOOL", ScalarType.Bool),
    ];

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private JsonDocument Parse(byte[] header)
    {
        try
        {
            var document = JsonDocument.Parse(header, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw bytes.Broken("its header is not a JSON object");
        }
        catch (JsonException e)
        {
            throw bytes.Broken($"its header is not JSON ({e.Message})");
        }
        catch (InvalidOperationException e)
        {
            throw NoText(e);
        }
    }

    /// <summary>Half a surrogate pair, say: names are decoded where they are compared or taken.</summary>
    private Domain.UserErrorException NoText(InvalidOperationException e) => bytes.Broken($"its header holds what is no text ({e.Message})");

    private TensorRef Describe(string name, JsonElement item, long start)
    {
        if (item.ValueKind != JsonValueKind.Object
            || !item.TryGetProperty("dtype", out var type) || type.ValueKind != JsonValueKind.String
            || !item.TryGetProperty("shape", out var sizes) || !TryIntegers(sizes, out var shape)
            || !item.TryGetProperty("data_offsets", out var range) || !TryIntegers(range, out var ends) || ends is not [var from, var to])
            throw bytes.Broken($"its header does not describe '{name}' properly");

        var known = Types.FirstOrDefault(t => t.Name == type.GetString());
        if (known.Name is null) throw bytes.Broken($"'{name}' has the element type {type.GetString()}, which is not supported");
        if (from > to || to > bytes.Length - start) throw bytes.Broken($"'{name}' lies outside the file");

        var tensor = TensorRef.Contiguous(known.Type, shape, start + from);
        if (shape.Length > TensorRef.MostAxes || !TensorRef.IsAddressable(shape) || tensor.ByteCount != to - from) throw bytes.Broken($"'{name}' has a shape that does not fit its bytes");
        return tensor;
    }

    private static bool TryIntegers(JsonElement list, out long[] values)
    {
        values = [];
        if (list.ValueKind != JsonValueKind.Array) return false;
        var read = new List<long>();
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out var value) || value < 0) return false;
            read.Add(value);
        }

        values = [.. read];
        return true;
    }

    private void RefuseHoles(long start)
    {
        var end = start;
        foreach (var (name, tensor) in tensors.OrderBy(t => t.Value.Offset).ThenBy(t => t.Value.ByteCount))
        {
            if (tensor.Offset != end) throw bytes.Broken($"'{name}' {(tensor.Offset < end ? "overlaps another tensor" : "leaves a hole before it")}");
            end += tensor.ByteCount;
        }

        if (end != bytes.Length) throw bytes.Broken("bytes are left over after the last tensor");
    }

    private Dictionary<string, object?> Metadata(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object) throw bytes.Broken("its metadata is not a JSON object");
        return item.EnumerateObject().ToDictionary(m => m.Name, m => (object?)m.Value.ToString());
    }
}
