using static TorchSharp.torch;

namespace Itra.Trainer.Models;

/// <summary>A tensor that lies in an open file, which has to stay open until it was read.</summary>
/// <param name="Place">Where in the file.</param>
/// <param name="File">The file's bytes.</param>
internal readonly record struct StoredTensor(TensorRef Place, WeightBytes File)
{
    public long[] Shape => Place.Shape;

    /// <inheritdoc cref="TensorRef.Load"/>
    public Tensor Load() => Place.Load(File);

    /// <inheritdoc cref="TensorRef.LoadInto"/>
    public void LoadInto(Tensor destination) => Place.LoadInto(destination, File);
}
