using System.CommandLine;
using Itra.Cli.Output;
using Itra.Tracking.Reading;

namespace Itra.Cli.Commands;

internal static class RunsListCommand
{
    public static Command Create(Session session)
    {
        var experiment = new Option<string?>("--experiment") { Description = "only runs of this experiment" };
        return new Command("ls", "Lists all runs, the newest first.") { experiment }.Reads(session, async (store, answer, parsed, cancellation) =>
        {
            var runs = await store.Runs.ListRunsAsync(new RunFilter(Experiment: parsed.GetValue(experiment)), cancellation);
            answer.Rows(runs, "no runs yet; `itra demo` records some", RunColumns.For(runs));
        });
    }
}
