using static TorchSharp.torch;

namespace Itra.Trainer.Models;

/// <summary>An open file of weights, whatever its form. Names are those of the file; <see cref="ParameterNames"/> translates them.</summary>
internal interface IWeightFile : IDisposable
{
    /// <summary>The tensors, in the order of the file.</summary>
    IReadOnlyList<TensorEntry> Tensors { get; }

    /// <summary>What else the file holds: metadata of safetensors, or the other keys of a checkpoint as plain values.</summary>
    IReadOnlyDictionary<string, object?> Extras { get; }

    /// <summary>One of the tensors, not read yet.</summary>
    /// <exception cref="ArgumentException">No tensor has this name.</exception>
    StoredTensor Find(string name);

    /// <summary>Reads one tensor: fresh, contiguous, on the host, in its stored type; the caller disposes it.</summary>
    /// <exception cref="ArgumentException">No tensor has this name.</exception>
    sealed Tensor Load(string name) => Find(name).Load();
}
