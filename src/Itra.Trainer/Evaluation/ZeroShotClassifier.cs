using Itra.Trainer.Clip;
using Itra.Trainer.Data;
using Itra.Trainer.Data.Classification;
using static TorchSharp.torch;

namespace Itra.Trainer.Evaluation;

/// <summary>A linear classifier whose rows are the texts of the classes: CLIP's way to classify without training (Radford et al. 2021, 3.1.4).</summary>
/// <param name="originalAverage">ITRA's way: templates are averaged as the tower gives them, and only the average is normalised.</param>
internal sealed class ZeroShotClassifier(ClipModel model, ClassPrompts prompts, ClipTokenizer tokenizer, int batchSize, bool originalAverage)
{
    /// <returns>(C, E), rows of length one</returns>
    public Tensor Build(Replicas weights, CancellationToken cancellation)
    {
        var classes = prompts.Names.Count;
        var (texts, _) = Features.Of(shard => Prompts(classes, shard), weights, (w, tokens) =>
        {
            var features = model.EncodeText(w, tokens);
            return originalAverage ? features : Features.UnitLength(features);
        }, cancellation);                                                                   // (C · T, E)
        // Sums in place of means: the last normalisation makes them the same.
        return Features.UnitLength(texts.view(classes, prompts.Templates.Count, -1).sum([1L]));
    }

    private IEnumerable<EvaluationBatch> Prompts(int classes, Shard shard)
    {
        var all = Enumerable.Range(0, classes).SelectMany(label => prompts.Of(label).Select(text => (text, label)));
        foreach (var chunk in shard.Of(all.Chunk(batchSize)))
        {
            var tokens = new long[chunk.Length * model.ContextLength];
            for (var i = 0; i < chunk.Length; i++) tokenizer.Encode(chunk[i].text, tokens.AsSpan(i * model.ContextLength, model.ContextLength));
            yield return new EvaluationBatch(tensor(tokens, device: CPU).view(chunk.Length, model.ContextLength), [.. chunk.Select(c => c.label)]);
        }
    }
}
