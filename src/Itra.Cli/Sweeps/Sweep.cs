using Itra.Cli.Training;
using Itra.Domain.Runs;

namespace Itra.Cli.Sweeps;

/// <summary>Trials one after another, each an ordinary run. One that fails does not keep the others from being tried; Ctrl-C ends them all.</summary>
/// <param name="rows">One per trial; brought up to date as the trials end.</param>
internal sealed class Sweep(Execution execution, IReadOnlyList<PlannedTrial> trials, SweepRow[] rows, TextWriter say)
{
    /// <param name="most">Trials to run now; those that are done already do not count.</param>
    /// <returns>An exit code: failed if any trial did, cancelled if the user stopped it.</returns>
    public async Task<int> RunAsync(int most)
    {
        var code = ExitCode.Done;
        foreach (var i in Enumerable.Range(0, rows.Length).Where(i => rows[i].State == TrialState.ToRun).Take(most).ToList())
        {
            say.WriteLine($"trial {i + 1} of {rows.Length}, {rows[i].Trial}: {rows[i].Apart}");
            var (id, _, status) = await execution.RunAsync(trials[i].Request, trials[i].Words);
            rows[i] = rows[i].Ended(id, status);
            if (status == RunStatus.Completed) continue;
            code = ExitCode.Of(status);
            // What cannot be recorded need not be trained, and whoever stops one stops the sweep.
            if (status is RunStatus.Cancelled or RunStatus.Unknown) break;
        }
        return code;
    }

    public static string Summary(IReadOnlyList<SweepRow> rows) => string.Join(", ", rows.GroupBy(r => r.State).Select(g => $"{g.Count()} {g.Key switch
    {
        TrialState.ToRun => "left to run",
        TrialState.AlreadyDone => "already done",
        var state => state.ToString().ToLowerInvariant(),
    }}"));
}
