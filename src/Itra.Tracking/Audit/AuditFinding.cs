namespace Itra.Tracking.Audit;

/// <summary>What was done to the store.</summary>
public enum Tampering
{
    Edited, Inserted, Missing, Reordered, Truncated, StreamDeleted, HeadRewritten, SealedHistoryRewritten, LedgerRewritten, UnknownSigner, MetricsAltered, BlobDamaged, BlobMissing, ProjectionAltered, UnknownEvent,
}

/// <summary>Something that is not as it was recorded.</summary>
/// <param name="Stream">Whose event, blob or row it is; null for the ledger.</param>
/// <param name="Version">The first event that is concerned; null if it is no event.</param>
/// <param name="What">One line for people.</param>
public sealed record AuditFinding(string? Stream, long? Version, Tampering Kind, string What);

/// <summary>What was read, and what of it is not as it was recorded.</summary>
/// <param name="Seconds">Time over events alone, without metric values, rows and blobs.</param>
/// <param name="MetricBlocks">Blocks of metric values that were compared with their events.</param>
/// <param name="BlobBytes">Of all <paramref name="Blobs"/> that events refer to and that were read.</param>
/// <param name="LastSeal">Null if nothing was ever sealed.</param>
/// <param name="UnsealedEvents">Recorded after the last seal: protected by the chain alone.</param>
public sealed record AuditReport(
    long Events, long Streams, double Seconds, long MetricBlocks, long Blobs, long BlobBytes, long? LastSeal, DateTimeOffset? LastSealAt, long UnsealedEvents, IReadOnlyList<AuditFinding> Findings)
{
    public bool Sound => Findings.Count == 0;

    public double EventsPerSecond => Seconds > 0 ? Events / Seconds : 0;
}

/// <summary>How far a verification is.</summary>
/// <param name="Unit">What is counted, such as <c>events</c>.</param>
public readonly record struct AuditProgress(string Unit, long Done, long Total);
