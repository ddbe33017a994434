using System.Text.Json;
using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Models;

/// <summary>Writes safetensors files (huggingface/safetensors, "Format"), which open_clip and most tools read.</summary>
internal static class SafeTensors
{
    /// <param name="path">The target, replaced as a whole.</param>
    /// <param name="tensors">Written in this order; on any device, of any stride.</param>
    /// <param name="metadata">Free text pairs for the header.</param>
    /// <exception cref="ArgumentException">A name twice, or an element type that the format lacks.</exception>
    public static WrittenFile Write(string path, IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        if (tensors.GroupBy(t => t.Name).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new ArgumentException($"'{twice.Key}' is there twice", nameof(tensors));
        var header = Header(tensors, metadata);
        return AtomicFile.Write(path, stream =>
        {
            stream.Write(BitConverter.GetBytes((long)header.Length));
            stream.Write(header);
            foreach (var (_, tensor) in tensors)
            {
                using var host = new HostTensor(tensor);
                host.WriteTo(stream);
            }
        });
    }

    private static byte[] Header(IReadOnlyList<(string Name, Tensor Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is not null)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata) json.WriteString(key, value);
                json.WriteEndObject();
            }

            long offset = 0;
            foreach (var (name, tensor) in tensors)
            {
                var end = offset + TensorMemory.ByteCount(tensor);
                json.WriteStartObject(name);
                json.WriteString("dtype", SafeTensorsFile.NameOf(tensor.dtype) ?? throw new ArgumentException($"safetensors cannot hold '{name}' of type {tensor.dtype}", nameof(tensors)));
                WriteIntegers(json, "shape", tensor.shape);
                WriteIntegers(json, "data_offsets", [offset, end]);
                json.WriteEndObject();
                offset = end;
            }

            json.WriteEndObject();
        }

        // Readers map the file: let the first tensor start on a cache line.
        while ((8 + buffer.Length) % 64 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void WriteIntegers(Utf8JsonWriter json, string name, long[] values)
    {
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
