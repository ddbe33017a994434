namespace Itra.Trainer.Distributed;

internal enum OrderKind
{
    /// <summary>Work begins; <see cref="Order.Sets"/> says on what.</summary>
    Begin,

    /// <summary>One update.</summary>
    Step,

    /// <summary>Take the weights that are evaluated next from process 0, which alone can mix them.</summary>
    TakeMixture,

    /// <summary>One evaluation.</summary>
    Evaluate,

    /// <summary>Tell what was left out of an epoch's first batches.</summary>
    TellSkipped,

    /// <summary>All is done.</summary>
    End,
}

/// <summary>What process 0 has all do next.</summary>
internal sealed record Order(OrderKind Kind)
{
    /// <summary>From 1.</summary>
    public int Epoch { get; init; }

    /// <summary>Of the epoch, from 0.</summary>
    public int Batch { get; init; }

    /// <summary>Position in the schedule, from 0.</summary>
    public long Step { get; init; }

    /// <summary>Data sets by what they are for.</summary>
    public IReadOnlyDictionary<string, SharedSet>? Sets { get; init; }

    /// <summary>Which evaluation, from 0.</summary>
    public int Evaluation { get; init; }

    /// <summary>Whether what was mixed last is evaluated; otherwise what is trained.</summary>
    public bool OfMixture { get; init; }

    /// <summary>Whether the end comes because somebody has asked for it.</summary>
    public bool Cancelled { get; init; }
}

/// <summary>A data set that every process has a copy of.</summary>
/// <param name="Digest">Of its content, as process 0 has read it; names what is kept of it.</param>
/// <param name="Listing">Of its names and texts, which are the same everywhere and known without reading an image.</param>
internal sealed record SharedSet(string Digest, string Listing);
