using System.CommandLine;
using Itra.Cli.Output;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;

namespace Itra.Cli.Commands;

internal static class RunsListCommand
{
    public static Command Create(Session session)
    {
        var experiment = new Option<string?>("--experiment") { Description = "only runs of this experiment" };
        return new Command("ls", "Lists all runs, the newest first.") { experiment }.Reads(session, async (store, answer, parsed, cancellation) =>
        {
            var runs = await store.Runs.ListRunsAsync(new RunFilter(Experiment: parsed.GetValue(experiment)), cancellation);
            answer.Rows(runs, "no runs yet; `itra demo` records some", Columns);
        });
    }

    private static readonly IReadOnlyList<Column<RunSummary>> Columns =
    [
        new("id", r => r.Id), new("name", r => r.Name) { Shrinks = true }, new("experiment", r => r.Experiment) { Shrinks = true }, new("status", r => r.Status.ToString().ToLowerInvariant()),
        new("epoch", r => $"{r.Epoch}{(r.EpochsPlanned is { } planned ? $"/{planned}" : "")}", IsNumber: true),
        new("last_loss", r => Form.Loss(r.LastLoss), IsNumber: true) { Label = "loss" },
        new("best_mean_recall", r => Form.Percent(r.BestMeanRecall), IsNumber: true) { Label = "recall" },
        new("started_at", r => Form.Moment(r.StartedAt)), new("trainer", r => r.Trainer) { Label = "" },
    ];
}
