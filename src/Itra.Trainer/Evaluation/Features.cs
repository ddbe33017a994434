using Itra.Domain;
using Itra.Trainer.Data;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Itra.Trainer.Evaluation;

/// <summary>What towers make of everything in a data set.</summary>
internal static class Features
{
    private const double NormEpsilon = 1e-12;

    /// <summary>Rows of length one, float32.</summary>
    /// <param name="features">(B, E)</param>
    public static Tensor UnitLength(Tensor features) => F.normalize(features.to(ScalarType.Float32), 2, -1, NormEpsilon);

    /// <summary>Features of all rows, (N, E) float32, and for each row the item it belongs to. Disposes the batches.</summary>
    /// <param name="encode">From the rows of a batch to (B, E).</param>
    /// <exception cref="UserErrorException">A feature is not a number.</exception>
    public static (Tensor Features, IReadOnlyList<int> Items) Of(IEnumerable<EvaluationBatch> batches, Func<Tensor, Tensor> encode, CancellationToken cancellation)
    {
        var parts = new List<Tensor>();
        var items = new List<int>();
        foreach (var batch in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using (batch)
            {
                if (batch.Items.Count == 0) continue;
                parts.Add(encode(batch.Rows).to(ScalarType.Float32).MoveToOuterDisposeScope());
                items.AddRange(batch.Items);
            }
        }
        if (parts.Count == 0) throw new UserErrorException("there is nothing left to evaluate: every image is broken");
        var features = cat(parts);
        if (!features.isfinite().all().item<bool>())
            throw new UserErrorException("the model's features are not numbers any more (NaN or infinity): the weights have diverged; train with a lower --lr or a smaller --max-grad-norm");
        return (features, items);
    }
}
