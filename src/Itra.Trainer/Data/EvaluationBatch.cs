using static TorchSharp.torch;

namespace Itra.Trainer.Data;

/// <summary>Rows of an evaluation and where they come from.</summary>
/// <param name="Rows">Pixels (B, S, S, 3) uint8, or tokens (B, L) int64.</param>
/// <param name="Items">For each row the item of the data set it belongs to.</param>
internal sealed record EvaluationBatch(Tensor Rows, IReadOnlyList<int> Items) : IDisposable
{
    public void Dispose() => Rows.Dispose();
}
