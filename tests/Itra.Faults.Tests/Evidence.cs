using Itra.Domain.Runs;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.WriteAhead;

namespace Itra.Faults.Tests;

/// <summary>What was recorded and what is in the store in the end.</summary>
/// <param name="Recorded">Events of the runs that were looked at.</param>
/// <param name="Lost">Of those that processes had shown as done, or left in logs: what the store does not have.</param>
internal sealed record Evidence(int Recorded, int Lost)
{
    /// <summary>Ships what is left, has everything verified, and compares the run's events with what its process had shown.</summary>
    /// <param name="killed">Whether the process was killed: what it showed last it may not have recorded yet.</param>
    public static async Task<Evidence> TakeAsync(Machine machine, string name, IReadOnlyList<Training> trainings, bool killed = false)
    {
        var logged = Logged(machine.Logs);
        var sync = machine.Run("sync");
        Assert.True(sync.ExitCode == ExitCodes.Done, sync.Output + sync.Error);
        var audit = machine.Run("audit", "verify", "--all");
        Assert.True(audit.ExitCode == ExitCodes.Done, audit.Output + audit.Error);
        Assert.Contains("everything is as it was recorded", audit.Error, StringComparison.Ordinal);

        var reader = new RunReader(machine.Database);
        var id = (await reader.FindRunAsync(name, CancellationToken.None)).Id;
        var stored = await reader.ReadEventsAsync(id, CancellationToken.None);
        Assert.Equal(Enumerable.Range(1, stored.Count).Select(v => (long)v), stored.Select(e => e.Version));
        Assert.Equal(stored.Count, stored.Select(e => e.Id).Distinct().Count());
        var events = stored.Select(e => EventJson.Read(e.Type, e.Data)).OfType<RunEvent>().ToList();
        await StepsAreWholeAsync(machine, id, events);

        var epochs = events.OfType<EpochCompleted>().Select(e => e.Epoch).ToHashSet();
        var checkpoints = events.OfType<CheckpointSaved>().Select(e => e.FileName).ToHashSet();
        var known = stored.Select(e => e.Id).ToHashSet();
        var lost = logged.Count(l => !known.Contains(l.Id));
        foreach (var training in trainings)
        {
            var shown = training.Epochs.Select(e => e.Epoch).ToList();
            // A line comes before its event is recorded: the next one tells that it was.
            lost += (killed ? shown.SkipLast(1) : shown).Count(e => !epochs.Contains(e));
            lost += (killed ? training.Checkpoints.SkipLast(1) : training.Checkpoints).Count(c => !checkpoints.Contains(c));
        }
        Assert.Equal(0, lost);
        Assert.Empty(Directory.Exists(machine.Logs) ? Directory.GetFiles(machine.Logs, EventLog.FileName, SearchOption.AllDirectories) : []);
        return new Evidence(stored.Count, lost);
    }

    /// <summary>Each attempt goes on where the one before it was taken up: no step is missing, none is there twice.</summary>
    private static async Task StepsAreWholeAsync(Machine machine, string id, List<RunEvent> events)
    {
        var next = 0L;
        foreach (var e in events)
        {
            if (e is RunResumed resumed) next = resumed.Updates;
            if (e is not MetricsLogged logged) continue;
            Assert.Equal(next, logged.FirstStep);
            next += logged.Count;
        }
        var curves = new MetricCurves(machine.Database);
        Assert.Equal(events.Count(e => e is MetricsLogged), await curves.VerifyAsync(id, CancellationToken.None));
        if (next > 0) Assert.Equal(Enumerable.Range(0, (int)next).Select(s => (long)s), (await curves.ReadAsync(id, "training/loss-align", CancellationToken.None)).Steps);
    }

    /// <summary>What processes have left behind in logs.</summary>
    private static List<LogRecord> Logged(string folder)
    {
        List<LogRecord> all = [];
        foreach (var path in Directory.Exists(folder) ? Directory.GetFiles(folder, EventLog.FileName, SearchOption.AllDirectories) : [])
        {
            using var log = EventLog.Open(path);
            all.AddRange(log.Read(log.FirstRecord, 1).Select(r => r.Record));
        }
        return all;
    }
}
