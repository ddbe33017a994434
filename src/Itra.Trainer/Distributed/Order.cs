namespace Itra.Trainer.Distributed;

internal enum OrderKind
{
    /// <summary>Training begins; <see cref="Order.Data"/> says on what.</summary>
    Begin,

    /// <summary>One update.</summary>
    Step,

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

    /// <summary>Digest of the training set's content, which names what is kept of it.</summary>
    public string? Data { get; init; }

    /// <summary>Digest of the training set's names and captions, which are everywhere the same.</summary>
    public string? Listing { get; init; }

    /// <summary>Whether the end comes because somebody has asked for it.</summary>
    public bool Cancelled { get; init; }
}
