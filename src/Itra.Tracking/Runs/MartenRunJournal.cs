using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;
using Itra.Tracking.WriteAhead;
using JasperFx.Events;
using Marten;

namespace Itra.Tracking.Runs;

/// <summary>
/// Writes runs to PostgreSQL. A run's state is kept in memory between commands; the store refuses what was decided on a state that
/// somebody else has changed, and it is then decided again.
/// </summary>
/// <param name="patience">How long a server that went away is waited for; 20 s if not given.</param>
public sealed class MartenRunJournal(TrackingDatabase database, TimeProvider clock, TimeSpan? patience = null) : IRunJournal, IAsyncDisposable
{
    private readonly TimeSpan patience = patience ?? TimeSpan.FromSeconds(20);
    private readonly SemaphoreSlim turn = new(1);
    private readonly Dictionary<string, (Run Run, long Version)> known = [];
    private TrackingStore? store;

    /// <inheritdoc/>
    /// <exception cref="StoreUnavailableException">The server refused us, or went away and did not come back in time.</exception>
    public async Task<IReadOnlyList<RunEvent>> RecordAsync(string runId, RunCommand command, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        await turn.WaitAsync(cancellation);
        try
        {
            return await PersistAsync(runId, command, cancellation);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Makes sure that the store can be written to.</summary>
    /// <exception cref="StoreUnavailableException">It cannot.</exception>
    public async Task OpenAsync(CancellationToken cancellation)
    {
        try
        {
            store ??= await TrackingStore.OpenAsync(database, cancellation);
        }
        catch (Exception e) when (Refusal.Of(e, database) is { } refusal)
        {
            throw refusal;
        }
    }

    /// <summary>A run as it stands in the store, and how many events it has there.</summary>
    internal async Task<(Run Run, long Version)> StateAsync(string runId, CancellationToken cancellation)
    {
        await OpenAsync(cancellation);
        await using var session = store!.Marten.LightweightSession();
        return await LoadAsync(session, runId, cancellation);
    }

    /// <summary>A way to store a run's log.</summary>
    internal async Task<LogShipment> ShipmentAsync(string runId, Guid logId, long basis, CancellationToken cancellation)
    {
        await OpenAsync(cancellation);
        return new LogShipment(store!, runId, logId, basis);
    }

    /// <summary>Of the store, for people.</summary>
    internal string Location => database.Address.Display;

    /// <summary>Starts the server again where it is ours to start.</summary>
    internal Task ReviveAsync(CancellationToken cancellation) => database.EnsureRunningAsync(cancellation);

    /// <summary>Why the store did not take something, in one line.</summary>
    internal string Explain(Exception e) => (OrRefusal(e) is UserErrorException told ? told : e.GetBaseException()).Message.ReplaceLineEndings(" ");

    /// <summary>What the server's faults come to; what was already put in words, such as a fault of the artifact store, stays as it is.</summary>
    internal Exception OrRefusal(Exception e) => e is UserErrorException ? e : Refusal.Of(e, database) ?? e;

    public async ValueTask DisposeAsync()
    {
        if (store is { } opened) await opened.DisposeAsync();
        store = null;
        turn.Dispose();
    }

    private async Task<IReadOnlyList<RunEvent>> PersistAsync(string runId, RunCommand command, CancellationToken cancellation)
    {
        var since = clock.GetTimestamp();
        var (wait, races) = (TimeSpan.FromMilliseconds(100), 0);
        while (true)
        {
            try
            {
                store ??= await TrackingStore.OpenAsync(database, cancellation);
                return await DecideAndAppendAsync(store.Marten, runId, command, cancellation);
            }
            catch (Exception e) when (IsRace(e) && races++ == 0)
            {
                known.Remove(runId, out var mine);
                await MustStillBeOursAsync(runId, mine.Run, cancellation);
            }
            catch (Exception e) when (ConnectionLoss.IsIn(e) && clock.GetElapsedTime(since) < patience)
            {
                // Whether it was stored nobody knows: it is read again, and a repetition is then decided to be nothing.
                known.Remove(runId);
                await Task.Delay(wait, clock, cancellation);
                wait = TimeSpan.FromMilliseconds(Math.Min(2000, wait.TotalMilliseconds * 2));
                await database.EnsureRunningAsync(cancellation);
            }
            catch (Exception e) when (Refusal.Of(e, database) is { } refusal)
            {
                known.Remove(runId);
                throw refusal;
            }
        }
    }

    private async Task<IReadOnlyList<RunEvent>> DecideAndAppendAsync(DocumentStore marten, string runId, RunCommand command, CancellationToken cancellation)
    {
        await using var session = marten.LightweightSession();
        var (run, version) = known.TryGetValue(runId, out var kept) ? kept : await LoadAsync(session, runId, cancellation);
        var events = RunDecider.Decide(command, run);
        if (events.Count > 0)
        {
            if (version == 0) session.Events.StartStream(runId, events);
            else session.Events.Append(runId, version + events.Count, events);
            if (command is LogMetrics metrics) MetricChunkTable.Insert(session, runId, run.Resumptions, metrics.Chunk);
            await session.SaveChangesAsync(cancellation);
        }
        known[runId] = (events.Aggregate(run, (state, e) => state.Evolve(e)), version + events.Count);
        return events;
    }

    /// <summary>A process that was paused or cut off for so long that another has resumed its run must not write into it.</summary>
    private async Task MustStillBeOursAsync(string runId, Run? mine, CancellationToken cancellation)
    {
        if (mine?.Process is not { } ours) return;
        await using var session = store!.Marten.LightweightSession();
        var (now, version) = await LoadAsync(session, runId, cancellation);
        if (now.Process is { } theirs && now.Resumptions != mine.Resumptions && theirs != ours)
            throw new RunRuleException($"{runId} was resumed by process {theirs.ProcessId} on {theirs.Host}: it goes on there, and this process no longer records it");
        known[runId] = (now, version);
    }

    private static async Task<(Run, long)> LoadAsync(IDocumentSession session, string runId, CancellationToken cancellation)
    {
        var stored = await session.Events.FetchStreamAsync(runId, token: cancellation);
        return (stored.Aggregate(Run.Unknown, (run, e) => run.Evolve((RunEvent)e.Data)), stored.Count);
    }

    internal static bool IsRace(Exception e) =>
        e is EventStreamUnexpectedMaxEventIdException or ExistingStreamIdCollisionException || ChainTable.HasMovedOn(e);
}
