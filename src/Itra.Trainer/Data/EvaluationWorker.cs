using Itra.Trainer.Data.Images;
using static TorchSharp.torch;

namespace Itra.Trainer.Data;

/// <summary>Makes batches of images on one thread.</summary>
/// <param name="pictures">All images of a data set.</param>
/// <param name="transform">To the square that the model sees.</param>
/// <param name="batchSize">Largest number of images.</param>
/// <param name="shard">Which batches.</param>
/// <param name="skipped">Remembers images that cannot be read; null: they are an error.</param>
internal sealed unsafe class EvaluationWorker(IReadOnlyList<IPicture> pictures, ImageTransform transform, int batchSize, Shard shard, SkipLog? skipped) : IWorker<EvaluationBatch>
{
    private readonly ImageReader reader = new(transform);

    /// <summary>Pictures in their order, made by several threads; whoever takes a batch disposes it.</summary>
    public static IEnumerable<EvaluationBatch> Batches(
        IReadOnlyList<IPicture> pictures, ImageTransform transform, int batchSize, int workers, Shard shard, SkipLog? skipped, CancellationToken cancellation) =>
        OrderedPrefetch.Run(0, shard.Of((pictures.Count + batchSize - 1) / batchSize), workers, () => new EvaluationWorker(pictures, transform, batchSize, shard, skipped), cancellation);

    public EvaluationBatch Make(int index, CancellationToken cancellation)
    {
        int first = shard.At(index) * batchSize, end = Math.Min(first + batchSize, pictures.Count), side = transform.Size;
        var pixels = empty([end - first, side, side, 3], ScalarType.Byte, CPU).DetachFromDisposeScope();
        var read = new List<int>(end - first);
        try
        {
            fixed (byte* square = pixels.bytes)
            {
                for (int i = first; i < end; i++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    if (TryRead(pictures[i], square + (long)read.Count * side * side * 3)) read.Add(i);
                }
            }
            if (read.Count == end - first) return new EvaluationBatch(pixels, read);

            using var readable = pixels.narrow(0, 0, read.Count);
            var kept = new EvaluationBatch(readable.clone().DetachFromDisposeScope(), read);
            pixels.Dispose();
            return kept;
        }
        catch
        {
            pixels.Dispose();
            throw;
        }
    }

    public void Dispose() => reader.Dispose();

    private bool TryRead(IPicture picture, byte* square)
    {
        try
        {
            picture.Read(reader, square);
            return true;
        }
        catch (BrokenImageException broken) when (skipped is not null)
        {
            skipped.Add(0, broken);
            return false;
        }
    }
}
