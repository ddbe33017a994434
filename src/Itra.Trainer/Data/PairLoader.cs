namespace Itra.Trainer.Data;

/// <summary>
/// Batches of training pairs. Order, caption and crop follow from (seed, epoch, place in the epoch) alone: they do not depend on the
/// workers, and an epoch can be entered at any batch.
/// </summary>
internal sealed class PairLoader
{
    private readonly CaptionSet set;
    private readonly ClipTokenizer tokenizer;
    private readonly PairLoading loading;
    private readonly SkipLog skipped = new();

    public PairLoader(CaptionSet set, ClipTokenizer tokenizer, PairLoading loading)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(loading.BatchSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(loading.ContextLength, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(loading.Workers);
        ArgumentOutOfRangeException.ThrowIfNegative(loading.EpisodeSize);
        (this.set, this.tokenizer, this.loading) = (set, tokenizer, loading);
    }

    /// <summary>Samples per epoch.</summary>
    public int Length => loading.EpisodeSize > 0 ? loading.EpisodeSize : set.Items.Count;

    /// <summary>Full batches: the ones that are trained on. What is left over is dropped.</summary>
    public int BatchesPerEpoch => Length / loading.BatchSize;

    /// <summary>Batches that the schedule counts, an incomplete last one among them, as ITRA does.</summary>
    public int ScheduledBatches => (Length + loading.BatchSize - 1) / loading.BatchSize;

    /// <summary>The full batches of an epoch, from <paramref name="firstBatch"/> on. Whoever takes a batch disposes it.</summary>
    /// <exception cref="BrokenImageException">An image cannot be read, and broken ones are not skipped.</exception>
    public IEnumerable<PairBatch> Epoch(int epoch, int firstBatch = 0, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstBatch);
        int[] order = loading.EpisodeSize > 0
            ? SampleOrder.Episode(loading.Seed, epoch, set.Items.Count, loading.EpisodeSize)
            : SampleOrder.Permutation(loading.Seed, epoch, set.Items.Count);
        return OrderedPrefetch.Run(firstBatch, BatchesPerEpoch, loading.Workers, () => new PairWorker(set, tokenizer, loading, epoch, order, skipped), cancellation);
    }

    /// <summary>Files that were left out of the batches of an epoch, or of those before one of them.</summary>
    public IReadOnlyList<SkippedSample> SkippedIn(int epoch, int beforeBatch = int.MaxValue) => skipped.In(epoch, beforeBatch);

    /// <summary>The same by their numbers in the set, which are everywhere the same, as paths are not.</summary>
    public List<SkippedNumber> NumbersSkippedIn(int epoch, int beforeBatch)
    {
        var left = SkippedIn(epoch, beforeBatch).ToDictionary(s => s.Path, s => s.Reason);
        return [.. set.Items.Index().Where(i => left.ContainsKey(i.Item.ImagePath)).DistinctBy(i => i.Item.ImagePath).Select(i => new SkippedNumber(i.Index, left[i.Item.ImagePath]))];
    }

    /// <summary>What another process has left out, by where it is here.</summary>
    public IReadOnlyList<SkippedSample> Located(IEnumerable<SkippedNumber> elsewhere) => [.. elsewhere.Select(s => new SkippedSample(set.Items[s.Number].ImagePath, s.Reason))];

    /// <summary>Tells what an epoch's first batches, which are not made again, have left out.</summary>
    public void RestoreSkipped(int epoch, IEnumerable<SkippedSample> samples) => skipped.Restore(epoch, samples);
}
