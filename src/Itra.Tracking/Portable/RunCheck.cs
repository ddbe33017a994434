using System.Text;
using System.Text.Json;
using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Portable;

/// <summary>Follows a run line by line: every hash, every digest of metric values, and that all of it can be read. Holds nothing but the line before.</summary>
internal sealed class RunCheck(string runId)
{
    private readonly CanonicalJson canonical = new();
    private readonly ChunkCheck chunk = new();
    private byte[] hash = [];
    private int attempts;

    public RunHead Head { get; private set; } = new(0, "");

    /// <returns>The event, or null if the line held metric values.</returns>
    /// <exception cref="ChainBrokenException">The line does not belong there.</exception>
    public RunEvent? Next(RunLine line)
    {
        switch (line)
        {
            case MetricLine values:
                chunk.Add(values, Head.Version);
                return null;
            case EventLine e:
                chunk.End(Head.Version);
                Follow(e);
                var told = Read(e);
                if (told is MetricsLogged logged) chunk.Begin(logged, attempts);
                if (told is RunResumed) attempts++;
                return told;
            default:
                throw new ArgumentException($"{line.GetType().Name} is no line of a run", nameof(line));
        }
    }

    /// <exception cref="ChainBrokenException">The run goes on, or went less far.</exception>
    public void End(RunHead expected)
    {
        chunk.End(Head.Version);
        if (Head.Version == 0) throw new ChainBrokenException("there is no event in it");
        if (Head.Version < expected.Version) throw new ChainBrokenException($"event {Head.Version + 1} is missing, as are all that follow up to {expected.Version}");
        if (Head != expected) throw new ChainBrokenException($"it goes on to event {Head.Version} with hash {Head.Hash}, where event {expected.Version} with hash {expected.Hash} should be the last");
    }

    private void Follow(EventLine e)
    {
        if (e.Version != Head.Version + 1) throw new ChainBrokenException($"event {Head.Version + 1} is missing: event {e.Version} is in its place");
        hash = EventHash.Of(hash, runId, e.Version, e.Type, e.Id, EventHash.Microseconds(e.Timestamp), Canonical(e));
        Head = new RunHead(e.Version, Convert.ToHexStringLower(hash));
        if (Head.Hash != e.Hash) throw new ChainBrokenException($"event {e.Version} ({e.Type}) was changed, or one before it: its hash is {Head.Hash}, not {e.Hash}");
    }

    private ReadOnlySpan<byte> Canonical(EventLine e)
    {
        try
        {
            return canonical.Write(Encoding.UTF8.GetBytes(e.Data));
        }
        catch (JsonException x)
        {
            throw new ChainBrokenException($"event {e.Version} ({e.Type}) cannot be read: {x.Message.ReplaceLineEndings(" ")}");
        }
    }

    private RunEvent Read(EventLine e)
    {
        RunEvent told;
        try
        {
            told = EventJson.ReadForeign(e.Type, e.Data) ?? throw new ChainBrokenException($"event {e.Version} ({e.Type}) was written by a newer Itra: update this program");
        }
        catch (JsonException x)
        {
            throw new ChainBrokenException($"event {e.Version} ({e.Type}) cannot be read: {x.Message.ReplaceLineEndings(" ")}");
        }
        return (e.Version == 1, told) switch
        {
            (true, RunRegistered registered) when registered.RunId == runId => told,
            (true, _) => throw new ChainBrokenException($"event 1 ({e.Type}) does not register {runId}"),
            (false, RunRegistered) => throw new ChainBrokenException($"event {e.Version} registers the run a second time"),
            _ => told,
        };
    }
}
