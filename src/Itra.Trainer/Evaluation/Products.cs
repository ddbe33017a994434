using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Evaluation;

/// <summary>Scores of some texts with all images, by matrix products into one buffer. Its tensors belong to the scope that is open.</summary>
/// <param name="texts">(T, E) float32</param>
/// <param name="images">(I, E) float32</param>
/// <param name="rows">The most texts at once.</param>
internal sealed class Products(Tensor texts, Tensor images, int rows, CancellationToken cancellation)
{
    private readonly Tensor columns = images.t();
    private Tensor? buffer;

    public Tensor TextRows => texts;

    public Tensor ImageRows => images;

    public int Texts { get; } = (int)texts.size(0);

    public int Images { get; } = (int)images.size(0);

    /// <summary>Of every block but the last, which may have a few less.</summary>
    public int Rows => rows;

    public CancellationToken Cancellation => cancellation;

    /// <inheritdoc cref="ScoreBlock"/>
    public ReadOnlySpan<float> Exact(int first, int count)
    {
        cancellation.ThrowIfCancellationRequested();
        using var inner = NewDisposeScope();
        buffer ??= empty([rows, Images], ScalarType.Float32, CPU).MoveToOuterDisposeScope();
        buffer.narrow(0, 0, count).addmm_(texts.narrow(0, first, count), columns, beta: 0);
        return TensorMemory.Floats(buffer)[..(count * Images)];
    }
}
