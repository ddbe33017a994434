using Itra.Trainer.Data.Images;

namespace Itra.Trainer.Data;

/// <summary>How training pairs are drawn and batched.</summary>
internal sealed record PairLoading
{
    public required ImageTransform Transform { get; init; }

    public required int ContextLength { get; init; }

    public required int BatchSize { get; init; }

    /// <summary>The part of every batch that is made here; null for all of it.</summary>
    public BatchShare? Share { get; init; }

    /// <summary>Threads that decode; 0 decodes on the thread that trains.</summary>
    public required int Workers { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Batches in memory that a GPU reads by itself.</summary>
    public bool Pinned { get; init; }

    /// <summary>False where the features of all images are known already: nothing is decoded.</summary>
    public bool WithImages { get; init; } = true;

    /// <summary>Samples per epoch, drawn with replacement from the whole set; 0 visits every sample once.</summary>
    public int EpisodeSize { get; init; }

    /// <summary>In the place of a broken image take the next one in the order, and remember it, instead of failing.</summary>
    public bool SkipBroken { get; init; }
}
