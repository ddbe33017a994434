using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Trainer.Clip;
using Itra.Trainer.Data;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Itra.Trainer.Evaluation;

/// <summary>Image-text retrieval over a whole data set: every image against every caption.</summary>
internal sealed class RetrievalEvaluation(
    ClipModel model, CaptionSet set, string digest, ClipTokenizer tokenizer, ClipConfig config, TimeProvider clock) : IEvaluation
{
    private const double NormEpsilon = 1e-12;

    public int Frequency => config.RetrievalFrequency;

    public RunCommand Evaluate(ModelTensors weights, int epoch, string label, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var loader = new EvaluationLoader(set, tokenizer, model.ContextLength, model.Image.ImageSize, config.BatchSize, config.Workers, config.SkipBroken);
        var (images, imageItems) = Features(loader.Images(cancellation), pixels => model.EncodeImage(weights, Normalisation.Normalise(pixels), batchStatistics: false), cancellation);   // (I, E)
        var (texts, textItems) = Features(loader.Captions(imageItems), tokens => model.EncodeText(weights, tokens), cancellation);                                                      // (T, E)
        var place = imageItems.Index().ToDictionary(i => i.Item, i => i.Index);
        int[] imageOfText = [.. textItems.Select(item => place[item])];

        var columns = images.t();
        var scores = RetrievalMetric.Compute(imageOfText, imageItems.Count, (first, block) =>
        {
            cancellation.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            texts.narrow(0, first, block.Length / imageItems.Count).matmul(columns).data<float>().CopyTo(block);
        });
        return new RecordRetrieval(epoch, set.Name, digest, label, imageItems.Count, imageOfText.Length, scores, clock.GetElapsedTime(started).TotalSeconds);
    }

    /// <summary>Unit-length features of everything, (N, E), and the items of the data set they belong to.</summary>
    private static (Tensor Features, IReadOnlyList<int> Items) Features(IEnumerable<EvaluationBatch> batches, Func<Tensor, Tensor> encode, CancellationToken cancellation)
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
                parts.Add(F.normalize(encode(batch.Rows).to(ScalarType.Float32), 2, -1, NormEpsilon).MoveToOuterDisposeScope());
                items.AddRange(batch.Items);
            }
        }
        var features = cat(parts);
        if (!features.isfinite().all().item<bool>())
            throw new UserErrorException("the model's features are not numbers any more (NaN or infinity): the weights have diverged; train with a lower --lr or a smaller --max-grad-norm");
        return (features, items);
    }
}
