using System.Runtime.InteropServices;
using Itra.Trainer.Data.Images;
using static TorchSharp.torch;

namespace Itra.Trainer.Data;

/// <summary>All images and all captions of a data set, in its order, the last batch as small as it happens to be.</summary>
/// <param name="set">The data set.</param>
/// <param name="tokenizer">For captions.</param>
/// <param name="contextLength">Length L of a row of tokens.</param>
/// <param name="size">Side S of an image.</param>
/// <param name="batchSize">Largest B.</param>
/// <param name="workers">Threads that decode images.</param>
/// <param name="skipped">Remembers unreadable images, which are then left out of their batch (it may even be empty of rows); null: they are an error.</param>
internal sealed class EvaluationLoader(CaptionSet set, ClipTokenizer tokenizer, int contextLength, int size, int batchSize, int workers, SkipLog? skipped = null)
{
    private readonly EvalTransform transform = new(size);

    private readonly int batchSize = batchSize > 0 ? batchSize : throw new ArgumentOutOfRangeException(nameof(batchSize), batchSize, "a batch has at least one row");

    /// <summary>Whoever takes a batch disposes it.</summary>
    /// <exception cref="BrokenImageException">An image cannot be read, and broken ones are not skipped.</exception>
    public IEnumerable<EvaluationBatch> Images(Shard shard, CancellationToken cancellation = default) =>
        EvaluationWorker.Batches(set.Items, transform, batchSize, workers, shard, skipped, cancellation);

    /// <summary>All captions of the given items, one item after another; tokenising is quick enough for the thread that asks.</summary>
    public IEnumerable<EvaluationBatch> Captions(IEnumerable<int> items, Shard shard)
    {
        var all = items.SelectMany(index => set.Items[index].Captions.Select(caption => (caption, index)));
        foreach (var chunk in shard.Of(all.Chunk(batchSize)))
        {
            var tokens = zeros([chunk.Length, contextLength], ScalarType.Int64, CPU).DetachFromDisposeScope();
            Encode(chunk.Select(c => c.caption), tokens);
            yield return new EvaluationBatch(tokens, [.. chunk.Select(c => c.index)]);
        }
    }

    private void Encode(IEnumerable<string> captions, Tensor tokens)
    {
        var rows = MemoryMarshal.Cast<byte, long>(tokens.bytes);
        foreach (var caption in captions)
        {
            tokenizer.Encode(caption, rows[..contextLength]);
            rows = rows[contextLength..];
        }
    }
}
