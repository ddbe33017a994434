using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;

namespace Itra.Tracking.WriteAhead;

/// <summary>A log that was shipped.</summary>
/// <param name="Records">In the log, all of which the store now has.</param>
/// <param name="New">Of these, what the store did not have before.</param>
/// <param name="Problem">Why the rest was not shipped; null if there is no rest.</param>
public sealed record ShippedLog(string RunId, string Path, long Records, long New, string? Problem);

/// <summary>Ships the logs that processes left behind: killed, out of patience, or offline by wish.</summary>
public sealed class LogSync(MartenRunJournal store, Func<Artifact, string, CancellationToken, Task> blobs, string home)
{
    private readonly PendingLogs pending = PendingLogs.Of(home);

    /// <summary>Whether this machine has logs that may have to be shipped. Costs a look into one folder.</summary>
    /// <param name="home">ITRA_HOME.</param>
    public static bool HasWork(string home) => PendingLogs.Of(home).Abandoned().Count > 0;

    /// <summary>Ships the logs below a folder, or all that this machine knows of. Logs that a process is writing are left to it.</summary>
    /// <exception cref="StoreUnavailableException">The store does not answer.</exception>
    public async Task<IReadOnlyList<ShippedLog>> RunAsync(string? folder, CancellationToken cancellation)
    {
        var known = pending.Abandoned();
        var paths = folder is null ? known
            : [.. Directory.EnumerateFiles(folder, EventLog.AllFiles, new EnumerationOptions { RecurseSubdirectories = true }).Where(p => !PendingLogs.IsBeingWritten(p)).Order(StringComparer.Ordinal)];
        List<ShippedLog> shipped = [];
        foreach (var path in paths)
        {
            try
            {
                shipped.Add(await ShipAsync(path, known.Contains(Path.GetFullPath(path)), cancellation));
            }
            catch (UserErrorException e) when (e is not StoreUnavailableException)
            {
                // The others need not wait for this one.
                if (File.Exists(path)) shipped.Add(new ShippedLog("", path, 0, 0, e.Message));
            }
            catch (Exception e) when (store.OrRefusal(e) is StoreUnavailableException refusal)
            {
                throw refusal;
            }
        }
        return shipped;
    }

    private async Task<ShippedLog> ShipAsync(string path, bool isOurs, CancellationToken cancellation)
    {
        using var log = EventLog.Open(path);
        var shipment = await store.ShipmentAsync(log.RunId, log.Id, log.Basis, cancellation);
        using var transit = new LogInTransit(log, shipment, (artifact, stop) => blobs(artifact, Path.GetDirectoryName(path)!, stop));
        var before = 0L;
        // Nobody's way leads over it any more, as over one that is where logs begin: naming it once is enough.
        var (problem, isSettled, isAside) = ((string?)null, false, Path.GetFileName(path) != EventLog.FileName);
        try
        {
            await shipment.LookAsync(cancellation);
            before = shipment.Stored;
            await AdvanceAsync(transit, cancellation);
        }
        catch (LogOvertakenException e)
        {
            (problem, isSettled) = (isAside ? $"{e.Message}; {path} stays, and is not named again" : $"{e.Message}; move {path} away when you have seen to it", isAside);
        }
        catch (Exception e) when (e is ArtifactMissingException or UserErrorException and not StoreUnavailableException)
        {
            problem = e.Message;
        }
        // The store has it all: the log has done its work.
        if (problem is null && isOurs) File.Delete(path);
        if ((problem is null || isSettled) && isOurs) pending.Remove(log.Id);
        return new ShippedLog(log.RunId, path, transit.Shipped, Math.Max(0, transit.Shipped - before), problem);
    }

    private static async Task AdvanceAsync(LogInTransit transit, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await transit.AdvanceAsync(long.MaxValue, cancellation);
                return;
            }
            catch (Exception e) when (LogShipment.IsRace(e))
            {
                // Another sync ships the same log: whatever it has stored is passed over.
            }
        }
    }
}
