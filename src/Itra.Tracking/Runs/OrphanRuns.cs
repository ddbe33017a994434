using System.Diagnostics;
using Itra.Domain.Runs;
using Itra.Tracking.Reading;

namespace Itra.Tracking.Runs;

/// <summary>
/// Runs whose process died without recording an end. They end as failed when somebody next looks: a killed process cannot say so itself.
/// </summary>
public sealed class OrphanRuns(RunReader reader, Lazy<IRunJournal> journal, TimeProvider clock)
{
    // A process's start is computed from the boot time, which each process reads by its own clock.
    private static readonly TimeSpan SameStart = TimeSpan.FromSeconds(2);

    /// <summary>Looks at the runs of this host only; opens the journal only if one has to be ended.</summary>
    /// <returns>The runs that were ended.</returns>
    public async Task<IReadOnlyList<RunSummary>> CloseAsync(CancellationToken cancellation)
    {
        var running = await reader.ListRunsAsync(new RunFilter(Status: RunStatus.Running, Host: Environment.MachineName), cancellation);
        List<RunSummary> closed = [];
        foreach (var run in running.Where(r => !IsAlive(r.ProcessId!.Value, r.ProcessStartedAt!.Value)))
        {
            var log = run.LogFile is null ? "" : $"; its log is {run.LogFile}";
            var reason = $"process {run.ProcessId} on {run.Host} ended without a word{log}";
            try
            {
                await journal.Value.RecordAsync(run.Id, new FailRun(reason, "ProcessLost") { At = clock.GetUtcNow() }, cancellation);
                closed.Add(run);
            }
            catch (RunRuleException)
            {
                // It ended meanwhile, or another command has just closed it.
            }
        }
        return closed;
    }

    private static bool IsAlive(int id, DateTimeOffset startedAt)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            if (stat[stat.LastIndexOf(')') + 2] is 'Z' or 'X') return false;
            using var process = Process.GetProcessById(id);
            return (process.StartTime - startedAt).Duration() < SameStart;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
