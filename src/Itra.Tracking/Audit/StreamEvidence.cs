namespace Itra.Tracking.Audit;

/// <summary>What other tables know of a stream.</summary>
internal sealed class StreamEvidence
{
    /// <summary>From <c>chain_head</c>; null if it has no row.</summary>
    public ChainHead? Head { get; set; }

    public bool IsMarkedSealed { get; set; }

    /// <summary>From <c>mt_streams</c>; null if it has no row.</summary>
    public long? Counted { get; set; }

    /// <summary>Marked as archived in <c>mt_streams</c>, which Itra never does.</summary>
    public bool IsHidden { get; set; }

    /// <summary>From the seals, in their order.</summary>
    public List<SealedHead> Seals { get; } = [];

    public long SealedVersion => Seals is [.., var last] ? last.Version : 0;

    /// <summary>Events there must be, as far as anybody knows.</summary>
    public long Known => Math.Max(Math.Max(Head?.Version ?? 0, Counted ?? 0), SealedVersion);
}

/// <summary>The end of a chain at the time of a seal.</summary>
internal readonly record struct SealedHead(long Seal, long Version, byte[] Hash);
