using Itra.Trainer.Data;
using Itra.Trainer.Distributed;
using static TorchSharp.torch;

namespace Itra.Trainer.Evaluation;

/// <summary>Features of one batch.</summary>
/// <param name="Batch">Its number among all, from 0.</param>
/// <param name="Features">(B, E) float32 on the host</param>
/// <param name="Items">What each row belongs to.</param>
internal sealed record FeaturePart(int Batch, Tensor Features, IReadOnlyList<int> Items)
{
    /// <summary>Gives every process all parts of all.</summary>
    /// <param name="mine">Of this process, in order; they are disposed.</param>
    /// <param name="stopped">Whether somebody wants to stop here.</param>
    /// <param name="skipped">Takes in what the others have left out.</param>
    /// <returns>In order; null if somebody wants to stop anywhere: on that all agree.</returns>
    public static List<FeaturePart>? Exchange(INodeLink link, IReadOnlyList<FeaturePart> mine, bool stopped, SkipLog? skipped)
    {
        using var scope = NewDisposeScope();
        var own = new Contents([.. mine.Select(p => new Contents.Batch(p.Batch, p.Items))], mine.Count > 0 ? mine[0].Features.size(1) : 0, skipped?.In(0) ?? [], stopped);
        var all = link.Exchange(own);
        if (all.Any(c => c.Stopped)) return null;
        foreach (var contents in all.Where((_, node) => node != link.Node)) skipped?.Restore(0, contents.Skipped);

        var width = all.Max(c => c.Width);
        var rows = mine.Count > 0 ? cat([.. mine.Select(p => p.Features)]) : empty([0, width], ScalarType.Float32, CPU);
        foreach (var part in mine) part.Features.Dispose();
        var gathered = link.GatherRows(rows, [.. all.Select(c => (long)c.Batches.Sum(b => b.Items.Count))]);
        return [.. all.Zip(gathered, Parts).SelectMany(p => p).OrderBy(p => p.Batch)];
    }

    private static IEnumerable<FeaturePart> Parts(Contents contents, Tensor rows)
    {
        long first = 0;
        foreach (var batch in contents.Batches)
        {
            yield return new FeaturePart(batch.Number, rows.narrow(0, first, batch.Items.Count).DetachFromDisposeScope(), batch.Items);
            first += batch.Items.Count;
        }
    }

    /// <summary>What a process has made of its share.</summary>
    private sealed record Contents(IReadOnlyList<Contents.Batch> Batches, long Width, IReadOnlyList<SkippedSample> Skipped, bool Stopped)
    {
        internal sealed record Batch(int Number, IReadOnlyList<int> Items);
    }
}
