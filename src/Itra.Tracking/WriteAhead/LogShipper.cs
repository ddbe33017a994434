using System.Runtime.ExceptionServices;
using Itra.Domain.Artifacts;
using Itra.Tracking.Runs;

namespace Itra.Tracking.WriteAhead;

/// <summary>Ships the logs of this process as they grow, and goes on trying for as long as the process lives.</summary>
internal sealed class LogShipper : IAsyncDisposable
{
    // Steps come by the dozen per second: shipped one by one they would cost a transaction each.
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(200), FirstWait = TimeSpan.FromMilliseconds(200), LongestWait = TimeSpan.FromSeconds(5);

    private readonly MartenRunJournal store;
    private readonly Func<Artifact, CancellationToken, Task> blobs;
    private readonly TimeProvider clock;
    private readonly Pulse pulse;
    private readonly Lock gate = new();
    private readonly List<(RunLog Log, Func<CancellationToken, Task<LogInTransit>> Open)> logs = [];
    private readonly Dictionary<RunLog, LogInTransit> inTransit = [];
    private readonly CancellationTokenSource stop = new();
    private readonly SemaphoreSlim wake = new(0);
    private readonly Task loop;
    private LogOvertakenException? overtaken;
    private (long Since, string Why)? trouble;

    public LogShipper(MartenRunJournal store, Func<Artifact, CancellationToken, Task> blobs, TimeProvider clock)
    {
        (this.store, this.clock, pulse) = (store, clock, new Pulse(clock));
        // How long a file takes is not for the database to answer for.
        this.blobs = (artifact, cancellation) => pulse.ApartAsync(() => blobs(artifact, cancellation));
        loop = Task.Run(RunAsync);
    }

    public Lag Lag
    {
        get
        {
            lock (gate)
            {
                var behind = logs.Sum(l => l.Log.Count - (inTransit.GetValueOrDefault(l.Log)?.Shipped ?? 0));
                return trouble is { } t ? new Lag(behind, clock.GetElapsedTime(t.Since), t.Why)
                    : pulse.Silence is var silence && silence > Pulse.LongestSilence ? new Lag(behind, silence, $"{store.Location} is silent") : new Lag(behind, TimeSpan.Zero, null);
            }
        }
    }

    public string? Overtaken => overtaken?.Message;

    public void Add(RunLog log, string runId, long basis)
    {
        lock (gate) logs.Add((log, async cancellation => new LogInTransit(EventLog.Open(log.Path), await store.ShipmentAsync(runId, log.Id, basis, cancellation), blobs, pulse.Beat)));
        Wake();
    }

    public void Wake()
    {
        if (wake.CurrentCount == 0) wake.Release();
    }

    public bool HasAll(RunLog log)
    {
        lock (gate) return inTransit.GetValueOrDefault(log)?.Shipped == log.Count;
    }

    /// <summary>Another process has taken the run up: what this one still does is not part of it.</summary>
    public void ThrowIfOvertaken()
    {
        if (overtaken is { } e) ExceptionDispatchInfo.Throw(e);
    }

    public async Task<bool> DrainAsync(TimeSpan patience, CancellationToken cancellation)
    {
        while (Lag is { Events: > 0 } lag)
        {
            if (overtaken is not null || lag.For > patience) return false;
            Wake();
            await Task.Delay(Gather / 4, clock, cancellation);
        }
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await loop;
        foreach (var log in inTransit.Values) log.Dispose();
        stop.Dispose();
        wake.Dispose();
    }

    private async Task RunAsync()
    {
        var wait = FirstWait;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await wake.WaitAsync(stop.Token);
                await pulse.DuringAsync(async () =>
                {
                    if (trouble is not null) await store.ReviveAsync(stop.Token);
                    await ShipAllAsync();
                    return true;
                });
                lock (gate) trouble = null;
                wait = FirstWait;
                await Task.Delay(Gather, clock, stop.Token);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (LogOvertakenException e)
            {
                overtaken = e;
                return;
            }
            catch (Exception e)
            {
                // Whatever it is, the events are in their log; it is shown with the lag, and tried again.
                lock (gate) trouble = (trouble?.Since ?? clock.GetTimestamp(), store.Explain(e));
                Wake();
                await Task.Delay(wait, clock, stop.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
            }
        }
    }

    private async Task ShipAllAsync()
    {
        (RunLog Log, Func<CancellationToken, Task<LogInTransit>> Open)[] all;
        lock (gate) all = [.. logs];
        foreach (var (log, openLog) in all)
        {
            if (!inTransit.TryGetValue(log, out var transit))
            {
                transit = await openLog(stop.Token);
                lock (gate) inTransit.Add(log, transit);
            }
            while (transit.Shipped is var shipped && shipped < log.Count)
            {
                try
                {
                    await transit.AdvanceAsync(log.Length, stop.Token);
                    if (transit.Shipped == shipped) throw new EventLogDamagedException($"{log.Path} ends before record {shipped + 1}, which was written to it");
                }
                catch (Exception e) when (LogShipment.IsRace(e))
                {
                    // Somebody else has written to the run, such as an evaluation: behind that, then.
                }
            }
        }
    }
}
