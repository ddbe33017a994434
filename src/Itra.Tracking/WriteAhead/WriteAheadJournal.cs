using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;

namespace Itra.Tracking.WriteAhead;

/// <summary>
/// Records the runs of this process in logs of their own, which cannot fail for the store's sake, and ships those logs to the store behind
/// its back. What is asked of other runs goes to the store directly.
/// </summary>
/// <param name="direct">The store; null to record with none, and ship later.</param>
/// <param name="blobs">Makes sure that a file is in the artifact store before an event that names it is stored.</param>
/// <param name="home">ITRA_HOME.</param>
/// <param name="begun">Told the folder of a log when it is begun.</param>
public sealed class WriteAheadJournal(
    MartenRunJournal? direct, Func<Artifact, CancellationToken, Task> blobs, string home, TimeProvider clock, Action<string>? begun = null) : IRunJournal, IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, RunLog> open = [];
    private readonly PendingLogs pending = PendingLogs.Of(home);
    private LogShipper? shipper;
    private bool isDisposed;

    /// <summary>How far the store is behind.</summary>
    public Lag Lag => shipper?.Lag ?? new Lag(0, TimeSpan.Zero, null);

    /// <summary>Who has taken a run of this process up, in words; null while nobody has. What this process still does is not part of it.</summary>
    public string? TakenOver => shipper?.Overtaken;

    /// <summary>Whether a run is recorded by this process.</summary>
    public bool Records(string runId) => Find(runId) is not null;

    /// <summary>Where the logs of this process's runs are.</summary>
    public IReadOnlyList<string> Logs
    {
        get
        {
            lock (gate) return [.. open.Values.Select(l => l.Path)];
        }
    }

    /// <inheritdoc/>
    /// <exception cref="UserErrorException">The log cannot be written.</exception>
    /// <exception cref="StoreUnavailableException">A run was to begin or to be resumed, and the store does not answer.</exception>
    public async Task<IReadOnlyList<RunEvent>> RecordAsync(string runId, RunCommand command, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(runId);
        if (Find(runId) is { } log) return log.Record(command, shipper);
        return command switch
        {
            RegisterRun register => await BeginAsync(register, cancellation),
            ResumeRun resume when direct is not null => await ResumeAsync(runId, resume, cancellation),
            ResumeRun => throw new UserErrorException($"{runId} cannot be resumed without the store: leave --offline out"),
            _ when direct is not null => await RecordDirectlyAsync(runId, command, cancellation),
            _ => throw new UserErrorException($"{runId} is not a run of this process, and there is no store to record it in"),
        };
    }

    /// <summary>Waits until the store has everything.</summary>
    /// <param name="patience">How long, while the store refuses or does not answer; as long as it takes while it does.</param>
    /// <returns>False if events are left in logs, for <c>itra sync</c>.</returns>
    public Task<bool> DrainAsync(TimeSpan patience, CancellationToken cancellation) => shipper?.DrainAsync(patience, cancellation) ?? Task.FromResult(open.Count == 0);

    /// <summary>Ships what a store that answers takes; the rest stays in logs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (isDisposed) return;
        isDisposed = true;
        await DrainAsync(TimeSpan.Zero, CancellationToken.None);
        if (shipper is not null) await shipper.DisposeAsync();
        foreach (var log in open.Values)
        {
            var isDone = shipper?.HasAll(log) ?? false;
            log.Dispose();
            if (!isDone) continue;
            // The store has it all: the log has done its work.
            File.Delete(log.Path);
            pending.Remove(log.Id);
        }
        if (direct is not null) await direct.DisposeAsync();
    }

    private RunLog? Find(string runId)
    {
        lock (gate) return open.GetValueOrDefault(runId);
    }

    private async Task<IReadOnlyList<RunEvent>> RecordDirectlyAsync(string runId, RunCommand command, CancellationToken cancellation)
    {
        // As with a log: the file first.
        if (command is RecordWiseFt { Kept: { } kept }) await blobs(kept, cancellation);
        return await direct!.RecordAsync(runId, command, cancellation);
    }

    private async Task<IReadOnlyList<RunEvent>> BeginAsync(RegisterRun command, CancellationToken cancellation)
    {
        // Decided before there is a file; and a store that cannot be reached is told before the first step rather than after the last.
        var events = RunDecider.Decide(command, Run.Unknown);
        if (direct is not null) await direct.OpenAsync(cancellation);
        Open(command.RunId, Run.Unknown, 0, FolderOf(command.RunId, command.Spec.Config, command.Spec.Name)).Append(events, null, shipper);
        return events;
    }

    private async Task<IReadOnlyList<RunEvent>> ResumeAsync(string runId, ResumeRun command, CancellationToken cancellation)
    {
        var events = await direct!.RecordAsync(runId, command, cancellation);
        var (run, version) = await direct.StateAsync(runId, cancellation);
        Open(runId, run, version, FolderOf(runId, run.Spec!.Config, run.Spec.Name));
        return events;
    }

    private RunLog Open(string runId, Run run, long version, string folder)
    {
        var path = Path.Combine(folder, EventLog.FileName);
        if (pending.Holds(path)) throw new UserErrorException($"{path} holds events that are not in the store yet: ship them first with 'itra sync'");
        var log = new RunLog(EventLogWriter.Create(folder, runId, version, clock, pending), run);
        try
        {
            pending.Add(log.Path, log.Id);
        }
        catch
        {
            // Nothing is recorded in it, and nobody would ever look for it.
            log.Dispose();
            File.Delete(path);
            throw;
        }
        begun?.Invoke(folder);
        lock (gate) open.Add(runId, log);
        if (direct is not null) (shipper ??= new LogShipper(direct, blobs, clock)).Add(log, runId, version);
        return log;
    }

    private string FolderOf(string runId, IReadOnlyDictionary<string, string> config, string name) =>
        config.GetValueOrDefault("logs") is { Length: > 0 } logs && Directory.Exists(Path.Combine(logs, name)) ? Path.GetFullPath(Path.Combine(logs, name)) : Path.Combine(home, "wal", runId);
}
