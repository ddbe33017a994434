using System.Text.Json;
using Itra.Domain.Runs;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Audit;

/// <summary>
/// Goes over all events once, stream by stream: recomputes every hash, folds every document again and notes which metric values and blobs
/// events vouch for. Says which streams are broken; why, <see cref="ChainDiagnosis"/> finds out.
/// </summary>
internal sealed class EventAudit(IReadOnlyDictionary<string, StreamEvidence> evidence, IReadOnlyList<IFoldedDocuments> documents, MetricAudit metrics, BlobAudit blobs)
{
    private static readonly StreamEvidence Nothing = new();
    private readonly CanonicalJson canonical = new();
    private readonly HashSet<string> broken = [], read = [];
    private readonly List<AuditFinding> unknown = [];
    private StreamEvidence known = Nothing;
    private string? stream;
    private byte[] previous = [];
    private long version;
    private int seal;
    private bool isSound;

    public long Events { get; private set; }

    public long Streams => read.Count;

    /// <summary>Streams that are not what was recorded.</summary>
    public IReadOnlySet<string> Broken => broken;

    /// <summary>Events that this program cannot read.</summary>
    public IReadOnlyList<AuditFinding> Unknown => unknown;

    /// <summary>Takes the next event; those of a stream come together and in order.</summary>
    public void Add(in ChainedEvent e)
    {
        Events++;
        if (e.StreamId != stream) Begin(e.StreamId);
        if (!isSound) return;
        isSound = Continues(e) && Understand(e);
        if (!isSound) broken.Add(e.StreamId);
    }

    /// <summary>To be called after the last event.</summary>
    /// <param name="only">The one stream that was read; null for all.</param>
    public void Close(string? only)
    {
        End();
        foreach (var (name, seen) in evidence)
            if ((only is null || only == name) && seen.Known > 0 && !read.Contains(name)) broken.Add(name);
        foreach (var document in documents) document.Close();
    }

    private void Begin(string next)
    {
        End();
        // A second time: the order of the store is not what it has to be.
        isSound = read.Add(next);
        if (!isSound) broken.Add(next);
        (stream, previous, version, seal) = (next, [], 0, 0);
        known = evidence.GetValueOrDefault(next, Nothing);
    }

    private void End()
    {
        if (stream is null || !isSound) return;
        var sealedUpTo = known.SealedVersion;
        var ends = known.Head is { } head && head.Version == version && head.Hash.AsSpan().SequenceEqual(previous)
            && known.Counted == version && !known.IsHidden && sealedUpTo <= version && (!known.IsMarkedSealed || sealedUpTo == version);
        if (!ends) broken.Add(stream);
    }

    private bool Continues(in ChainedEvent e)
    {
        if (e.Version != ++version || e.IsHidden || e.Hash is not { Length: 64 } recorded) return false;
        try
        {
            previous = e.HashAfter(previous, version, canonical);
        }
        catch (JsonException)
        {
            return false;
        }
        Span<byte> hex = stackalloc byte[64];
        Convert.TryToHexStringLower(previous, hex, out _);
        if (!hex.SequenceEqual(recorded)) return false;
        for (; seal < known.Seals.Count && known.Seals[seal].Version <= version; seal++)
            if (known.Seals[seal].Version == version && !known.Seals[seal].Hash.AsSpan().SequenceEqual(previous)) return false;
        return true;
    }

    private bool Understand(in ChainedEvent e)
    {
        if (!TrackingRegistration.Events.TryGetValue(e.Type, out var type) && !TrackingRegistration.LeaderboardEvents.TryGetValue(e.Type, out type))
        {
            unknown.Add(new(e.StreamId, e.Version, Tampering.UnknownEvent, $"event {e.Version} is a {e.Type}, which this program does not know: update it, so that what follows from the event can be compared"));
            return false;
        }
        try
        {
            if (JsonSerializer.Deserialize(e.Data, type, EventJson.Options) is not RunEvent told) return true;
            foreach (var document in documents) document.Add(e.StreamId, e.Version, told);
            metrics.Add(e.StreamId, e.Version, told);
            blobs.Add(e.StreamId, e.Version, told);
            return true;
        }
        catch (Exception wrong) when (wrong is JsonException or FormatException or ArgumentException)
        {
            unknown.Add(new(e.StreamId, e.Version, Tampering.Edited, $"event {e.Version} ({e.Type}) does not hold what such an event holds: {wrong.Message.ReplaceLineEndings(" ")}"));
            return false;
        }
    }
}
