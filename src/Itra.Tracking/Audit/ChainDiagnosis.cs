using System.Text;
using System.Text.Json;

namespace Itra.Tracking.Audit;

/// <summary>Finds the first break of a stream, and what must have been done to cause it.</summary>
internal sealed class ChainDiagnosis(string stream, IReadOnlyList<ChainedEvent> events, StreamEvidence evidence)
{
    private readonly CanonicalJson canonical = new();

    /// <summary>Null if the stream is what was recorded.</summary>
    public AuditFinding? Find()
    {
        if (events.Count == 0) return evidence.Known == 0 ? null : Deleted();
        var previous = Array.Empty<byte>();
        for (var i = 0; i < events.Count; i++)
        {
            var (e, version) = (events[i], i + 1);
            if (e.Version > version) return Found(version, Tampering.Missing, $"{Range(version, e.Version - 1)} deleted");
            if (e.Version < version) return Found(e.Version, Tampering.Inserted, $"event {e.Version} is there twice: one of them was inserted");
            if (e.IsHidden) return Found(version, Tampering.Edited, $"{Named(i)} was hidden: it is marked as archived, or as having other data");
            if (Hash(e, previous, version) is not { } hash) return Found(version, Tampering.Edited, $"{Named(i)} was edited: its data is not readable any more");
            if (!IsRecorded(e, hash)) return Break(i, previous, hash);
            if (evidence.Seals.FirstOrDefault(s => s.Version == version && !s.Hash.AsSpan().SequenceEqual(hash)) is { Seal: > 0 } seal)
                return Found(version, Tampering.SealedHistoryRewritten, $"{Named(i)} or one before it was changed, and all hashes were computed anew: seal {seal.Seal} holds another one");
            previous = hash;
        }
        return End(previous);
    }

    private AuditFinding Deleted()
    {
        string[] known = [.. Witnesses()];
        return new(stream, null, Tampering.StreamDeleted, $"the whole stream was deleted: {string.Join(" and ", known)} know{(known.Length == 1 ? "s" : "")} of {evidence.Known} events");
    }

    private IEnumerable<string> Witnesses()
    {
        if (evidence.Head is not null) yield return "the table of chains";
        if (evidence.Counted is not null) yield return "the table of streams";
        if (evidence.Seals is [.., var last]) yield return $"seal {last.Seal}";
    }

    private AuditFinding Break(int i, byte[] previous, byte[] hash)
    {
        var version = i + 1;
        if (events[i].Hash is null) return Found(version, Tampering.Inserted, $"{Named(i)} has no hash: it was not recorded by Itra, or its hash was removed");
        if (Follows(i + 1, hash)) return Found(version, Tampering.Edited, $"the hash of {Named(i)} was changed; its content is what was recorded");

        for (var j = i + 1; j < events.Count; j++)
        {
            if (Hash(events[j], previous, version) is not { } moved || !IsRecorded(events[j], moved)) continue;
            return events.Count > evidence.Known && j == i + 1
                ? Found(version, Tampering.Inserted, $"{Named(i)} was inserted: the event that was recorded in its place stands behind it")
                : Found(version, Tampering.Reordered, $"the events were put into another order: event {version} stands as event {j + 1}");
        }
        if (events.Count < evidence.Known)
            return Found(version, Tampering.Missing, $"event {version} was deleted and those behind it were numbered anew: {evidence.Known} were recorded, {events.Count} are there");
        if (events.Count > evidence.Known) return Found(version, Tampering.Inserted, $"{Named(i)} was inserted: {evidence.Known} events were recorded, {events.Count} are there");
        return Found(version, Tampering.Edited, i == 0 ? $"{Named(i)} was edited" : $"{Named(i)} was edited (or event {i} was, together with its hash)");
    }

    private AuditFinding? End(byte[] last)
    {
        var count = events.Count;
        if (evidence.SealedVersion > count) return Found(count + 1, Tampering.Truncated, $"{Range(count + 1, evidence.SealedVersion)} cut from the end: seal {evidence.Seals[^1].Seal} knows of {evidence.SealedVersion}");
        if (evidence.Head is not { } head) return Found(null, Tampering.HeadRewritten, "the end of its chain was deleted from the table of chains");
        if (head.Version > count) return Found(count + 1, Tampering.Truncated, $"{Range(count + 1, head.Version)} cut from the end");
        if (head.Version < count) return Found(head.Version + 1, Tampering.Inserted, $"{Range(head.Version + 1, count)} added behind the end of the chain");
        if (!head.Hash.AsSpan().SequenceEqual(last)) return Found(null, Tampering.HeadRewritten, "the end of its chain, in the table of chains, is not the hash of its last event: one of the two was rewritten");
        if (evidence.IsHidden) return Found(null, Tampering.HeadRewritten, "it was hidden: its row in the table of streams is marked as archived");
        if (evidence.Counted is not { } counted) return Found(null, Tampering.HeadRewritten, "its row was deleted from the table of streams");
        if (counted > count) return Found(count + 1, Tampering.Truncated, $"{Range(count + 1, counted)} cut from the end, and the end of the chain was rewritten: the table of streams counts {counted}");
        if (counted < count) return Found(null, Tampering.HeadRewritten, $"the table of streams counts {counted} events, {count} were recorded: its row was changed");
        if (evidence.IsMarkedSealed && evidence.SealedVersion != count) return Found(count, Tampering.LedgerRewritten, $"event {count} was sealed, and no seal has it: a seal was removed from the ledger");
        return null;
    }

    /// <summary>Whether what comes at a place, be it an event or the end of the chain, was recorded behind <paramref name="hash"/>.</summary>
    private bool Follows(int i, byte[] hash) =>
        i < events.Count ? Hash(events[i], hash, i + 1) is { } next && IsRecorded(events[i], next) : evidence.Head is { } head && head.Hash.AsSpan().SequenceEqual(hash);

    private byte[]? Hash(ChainedEvent e, byte[] previous, long version)
    {
        try
        {
            return e.HashAfter(previous, version, canonical);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsRecorded(ChainedEvent e, byte[] hash) => e.Hash is { } recorded && Encoding.ASCII.GetString(recorded) == Convert.ToHexStringLower(hash);

    private string Named(int i) => $"event {i + 1} ({events[i].Type})";

    private static string Range(long first, long last) => first == last ? $"event {first} was" : $"events {first} to {last} were";

    private AuditFinding Found(long? version, Tampering kind, string what) => new(stream, version, kind, what);
}
