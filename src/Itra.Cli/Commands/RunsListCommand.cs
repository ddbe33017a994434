using System.CommandLine;
using Itra.Cli.Output;
using Itra.Tracking.Reading;

namespace Itra.Cli.Commands;

internal static class RunsListCommand
{
    private const int Shown = 50;

    public static Command Create(Session session)
    {
        var experiment = new Option<string?>("--experiment") { Description = "only runs of this experiment" };
        var limit = new Option<int>("--limit") { Description = "how many of the newest", DefaultValueFactory = _ => Shown };
        var all = new Option<bool>("--all") { Description = "every run" };
        limit.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() < 1) given.AddError("--limit takes a whole number above 0");
        });
        return new Command("ls", "Lists runs, the newest first.") { experiment, limit, all }.Reads(session, async (store, answer, parsed, cancellation) =>
        {
            var runs = await store.Runs.ListRunsAsync(new RunFilter(Experiment: parsed.GetValue(experiment), Limit: parsed.GetValue(all) ? null : parsed.GetValue(limit)), cancellation);
            answer.Rows(runs, "no runs yet; `itra demo` records some", RunColumns.For(runs, answer.IsForPeople ? session.Terminal.Width : null));
            if (answer.IsForPeople && !parsed.GetValue(all) && runs.Count == parsed.GetValue(limit)) session.Terminal.Out.WriteLine($"The newest {runs.Count}; --all shows every run, --experiment those of one.");
        });
    }
}
