using Itra.Domain;
using Itra.Trainer.Clip;
using Itra.Trainer.Data;
using static TorchSharp.torch;

namespace Itra.Trainer.Evaluation;

/// <summary>What towers make of everything in a data set.</summary>
internal static class Features
{
    /// <summary>Rows of length one, float32.</summary>
    /// <param name="features">(B, E)</param>
    public static Tensor UnitLength(Tensor features) => InfoNce.UnitLength(features.to(ScalarType.Float32));

    /// <summary>
    /// Features of all rows, (N, E) float32 on the host, and for each row the item it belongs to. Every process of a training calls it with the
    /// same, makes its share of the batches, and gets all features. Its devices take batches as they have time for them; a batch's features are
    /// the same on every device, and are put in the batches' order. Disposes the batches.
    /// </summary>
    /// <param name="batches">Those of a process.</param>
    /// <param name="encode">From a device's weights and the rows of a batch to (B, E).</param>
    /// <param name="skipped">Where batches note what they leave out; then also what those of other processes have left out.</param>
    /// <exception cref="UserErrorException">A feature is not a number.</exception>
    /// <exception cref="OperationCanceledException">Somebody wants to stop: then so it is in every process.</exception>
    public static (Tensor Features, IReadOnlyList<int> Items) Of(
        Func<Shard, IEnumerable<EvaluationBatch>> batches, Replicas weights, Func<ModelTensors, Tensor, Tensor> encode, CancellationToken cancellation, SkipLog? skipped = null)
    {
        using var shared = new SharedBatches(batches(weights.Shard));
        List<FeaturePart> parts = [.. weights.OnEach(own => Encode(shared, own, encode, cancellation)).SelectMany(p => p).OrderBy(p => p.Batch)];
        try
        {
            var stopped = cancellation.IsCancellationRequested;
            if (weights.Link is { } link)
            {
                var all = FeaturePart.Exchange(link, [.. parts.Select(p => p with { Batch = weights.Shard.At(p.Batch) })], stopped, skipped);
                (stopped, parts) = (all is null, all ?? parts);
            }
            if (stopped) throw new OperationCanceledException(cancellation);
            if (parts.Count == 0) throw new UserErrorException("there is nothing left to evaluate: every image is broken");
            var features = cat(parts.ConvertAll(p => p.Features));
            if (!features.isfinite().all().item<bool>())
                throw new UserErrorException("the model's features are not numbers any more (NaN or infinity): the weights have diverged; train with a lower --lr or a smaller --max-grad-norm");
            return (features, [.. parts.SelectMany(p => p.Items)]);
        }
        finally
        {
            foreach (var part in parts) part.Features.Dispose();
        }
    }

    /// <summary>One device's part. When somebody wants to stop it ends early and throws nothing: the device itself can go on.</summary>
    private static List<FeaturePart> Encode(SharedBatches shared, ModelTensors weights, Func<ModelTensors, Tensor, Tensor> encode, CancellationToken cancellation)
    {
        using var noGrad = no_grad();
        List<FeaturePart> parts = [];
        try
        {
            while (!cancellation.IsCancellationRequested)
            {
                using var scope = NewDisposeScope();
                if (shared.Take() is not var (number, batch)) break;
                using (batch)
                {
                    if (batch.Items.Count > 0) parts.Add(new FeaturePart(number, encode(weights, batch.Rows).to(ScalarType.Float32).cpu().DetachFromDisposeScope(), batch.Items));
                }
            }
            return parts;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return parts;
        }
        catch
        {
            shared.Close();
            foreach (var part in parts) part.Features.Dispose();
            throw;
        }
    }
}
