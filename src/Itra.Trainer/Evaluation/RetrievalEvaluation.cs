using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Clip;
using Itra.Trainer.Data;
using static TorchSharp.torch;

namespace Itra.Trainer.Evaluation;

/// <summary>Image-text retrieval over a whole data set: every image against every caption.</summary>
internal sealed class RetrievalEvaluation(
    ClipModel model, CaptionSet set, string digest, ClipTokenizer tokenizer, ClipConfig config, TimeProvider clock) : IEvaluation
{
    /// <summary>Towers whose features need not be computed again. Only for weights in which these towers are as they were.</summary>
    public FrozenTowers? Frozen { get; init; }

    public int Frequency => config.RetrievalFrequency;

    public IReadOnlyList<RunCommand> Evaluate(Replicas weights, int epoch, string label, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var skipped = config.SkipBroken ? new SkipLog() : null;
        var loader = new EvaluationLoader(set, tokenizer, model.ContextLength, model.Image.ImageSize, config.BatchSize, config.Workers, skipped);
        using var frozenImages = Frozen?.Images(set, digest, cancellation);
        using var frozenTexts = Frozen?.Captions(set, digest, cancellation);
        var (images, imageItems) = Features.Of(                                                                                            // (I, E)
            shard => frozenImages is null ? loader.Images(shard, cancellation) : Batches(frozenImages, Enumerable.Range(0, set.Items.Count), shard), weights,
            (w, rows) => Features.UnitLength(frozenImages is null ? model.EncodeImage(w, Normalisation.Normalise(rows, w.Device), batchStatistics: false) : model.EncodeImageHead(w, rows)), cancellation, skipped);
        var (texts, textItems) = Features.Of(                                                                                              // (T, E)
            shard => frozenTexts is null ? loader.Captions(imageItems, shard) : Batches(frozenTexts, set.Items.SelectMany((item, i) => Enumerable.Repeat(i, item.Captions.Count)), shard), weights,
            (w, rows) => Features.UnitLength(frozenTexts is null ? model.EncodeText(w, rows) : model.EncodeTextHead(w, rows)), cancellation);
        if (!weights.AreScoredHere) return [];

        var place = imageItems.Index().ToDictionary(i => i.Item, i => i.Index);
        int[] imageOfText = [.. textItems.Select(item => place[item])];

        var scores = Score(texts, images, imageOfText, cancellation);
        return [.. SkipLog.TellIfAny(epoch, skipped, ClipData.RetrievalRole, set.Skipped), new RecordRetrieval(epoch, set.Name, digest, label, imageItems.Count, imageOfText.Length, scores, clock.GetElapsedTime(started).TotalSeconds)];
    }

    /// <summary>All recalls, by blocks of texts in one buffer: the whole matrix is never there.</summary>
    /// <param name="texts">(T, E) float32</param>
    /// <param name="images">(I, E) float32</param>
    internal static RetrievalScores Score(Tensor texts, Tensor images, IReadOnlyList<int> imageOfText, CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var products = new Products(texts, images, RetrievalMetric.BlockRows(imageOfText.Count, (int)images.size(0)), cancellation);
        return Bfloat16Rows.AreFast && ScreenedRetrieval.TryCompute(products, imageOfText) is { } scores ? scores : RetrievalMetric.Compute(imageOfText, products.Images, products.Exact);
    }

    private static IEnumerable<EvaluationBatch> Batches(Tensor features, IEnumerable<int> items, Shard shard)
    {
        const int Rows = 4096;
        return shard.Of(items.Chunk(Rows).Index()).Select(chunk => new EvaluationBatch(features.narrow(0, chunk.Index * Rows, chunk.Item.Length), chunk.Item));
    }
}
