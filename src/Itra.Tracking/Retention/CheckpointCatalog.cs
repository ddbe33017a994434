using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Postgres;
using Itra.Tracking.WriteAhead;

namespace Itra.Tracking.Retention;

public enum CheckpointPlace
{
    /// <summary>The store could not be asked.</summary>
    Unknown,

    Stored,

    /// <summary>On this machine, until the store takes it.</summary>
    Waiting,

    /// <summary>It should be in the store and is not.</summary>
    Missing,

    /// <summary>It was given up.</summary>
    Deleted,
}

/// <param name="Bytes">Of the file.</param>
public sealed record StoredCheckpoint(string RunId, int Epoch, long? Updates, string FileName, string Sha256, long Bytes, DateTimeOffset SavedAt, CheckpointPlace Place)
{
    /// <summary>The best that was measured with its weights.</summary>
    public double? MeanRecall { get; init; }

    /// <summary>The run was resumed from before it.</summary>
    public bool IsSuperseded { get; init; }

    /// <summary>Of these, bytes that no other file in the store shares: what deleting it alone would free.</summary>
    public long? OwnBytes { get; init; }

    public CheckpointPinned? Pin { get; init; }

    public CheckpointDeleted? Deletion { get; init; }

    /// <summary>The log whose events wait with it.</summary>
    public string? WaitsIn { get; init; }
}

/// <param name="Trouble">Why the artifact store could not be asked; null if it was.</param>
public sealed record CheckpointList(IReadOnlyList<StoredCheckpoint> Checkpoints, string? Trouble);

/// <summary>All checkpoints, wherever they are.</summary>
public sealed class CheckpointCatalog(TrackingDatabase database, IArtifactStore store, string home)
{
    /// <param name="runId">One run; null for all.</param>
    public async Task<CheckpointList> ListAsync(string? runId, CancellationToken cancellation)
    {
        var waiting = PendingLogs.Of(home).Events().Where(e => runId is null || e.RunId == runId).ToList();
        var holdings = (await HoldingsReader.ReadAsync(database, runId, cancellation)).Values.SelectMany(r => r.Checkpoints).ToList();
        var known = holdings.Select(h => (h.RunId, h.Saved.Artifact.Sha256)).ToHashSet();
        var (contents, trouble) = await LookAsync(holdings, cancellation);
        return new CheckpointList(
            [
                .. holdings.Select(h => Row(h, contents)),
                .. waiting.Where(w => w.Event is CheckpointSaved c && !known.Contains((w.RunId, c.Artifact.Sha256))).Select(w => Row(w.RunId, (CheckpointSaved)w.Event, CheckpointPlace.Waiting) with { WaitsIn = w.LogPath }),
            ],
            trouble);
    }

    private async Task<(StoreContents? Contents, string? Trouble)> LookAsync(List<Holding> holdings, CancellationToken cancellation)
    {
        try
        {
            return (await StoreContents.ReadAsync(PartedArtifactStore.Of(store), holdings.Where(h => h.Fate.Deletion is null).Select(h => h.Saved.Artifact.Sha256).ToHashSet(), cancellation), null);
        }
        catch (UserErrorException e)
        {
            // What is recorded can be listed all the same.
            return (null, e.Message);
        }
    }

    private static StoredCheckpoint Row(Holding h, StoreContents? contents)
    {
        var sha256 = h.Saved.Artifact.Sha256;
        var place = h.Fate.Deletion is not null ? CheckpointPlace.Deleted
            : contents is null ? CheckpointPlace.Unknown
            : contents.Holds(sha256) ? CheckpointPlace.Stored : CheckpointPlace.Missing;
        return Row(h.RunId, h.Saved, place) with
        {
            MeanRecall = h.MeanRecall, IsSuperseded = h.IsSuperseded, OwnBytes = place == CheckpointPlace.Stored ? contents!.OwnBytesOf(sha256) : null, Pin = h.Fate.Pin, Deletion = h.Fate.Deletion,
        };
    }

    private static StoredCheckpoint Row(string runId, CheckpointSaved c, CheckpointPlace place) => new(runId, c.Epoch, c.Updates, c.FileName, c.Artifact.Sha256, c.Artifact.Bytes, c.At, place);
}
