using Itra.Trainer.Models;
using static TorchSharp.torch;

namespace Itra.Fuzz.Tests.Weights;

internal static class WeightFiles
{
    /// <summary>Every tensor can be read, and the same tensors come out of a file that is written with them.</summary>
    public static void MustReadAgain(IWeightFile file, string path, Action<string, IReadOnlyList<(string Name, Tensor Tensor)>> write)
    {
        using var scope = NewDisposeScope();
        var tensors = file.Tensors.Select(t => (t.Name, Tensor: file.Load(t.Name))).ToList();
        foreach (var (entry, (_, tensor)) in file.Tensors.Zip(tensors))
            if (tensor.dtype != entry.Type || !tensor.shape.AsSpan().SequenceEqual(entry.Shape)) throw new InvalidOperationException($"'{entry.Name}' is not what the file announced");
        try
        {
            write(path, tensors);
            using var again = WeightFile.Open(path);
            if (!again.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal).SequenceEqual(tensors.Select(t => t.Name).Order(StringComparer.Ordinal))) throw new InvalidOperationException("other tensors come back");
            foreach (var (name, tensor) in tensors)
            {
                var back = again.Load(name);
                if (back.dtype != tensor.dtype || !back.shape.AsSpan().SequenceEqual(tensor.shape) || !back.bytes.SequenceEqual(tensor.bytes)) throw new InvalidOperationException($"'{name}' comes back as another tensor");
            }
        }
        finally
        {
            File.Delete(path);
        }
    }
}
