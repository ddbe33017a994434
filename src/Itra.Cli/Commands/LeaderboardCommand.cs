using System.CommandLine;
using Itra.Cli.Output;
using Itra.Tracking.Leaderboards;

namespace Itra.Cli.Commands;

internal static class LeaderboardCommand
{
    private const int Shown = 20;

    public static Command Create(Session session)
    {
        var metric = new Option<string?>("--metric") { Description = "score to rank by [retrieval-mean-recall]" };
        var experiment = new Option<string?>("--experiment") { Description = "only runs of this experiment" };
        var all = new Option<bool>("--all") { Description = $"all runs, not just the best {Shown}" };
        return new Command("leaderboard", "Ranks runs by their best evaluation.") { metric, experiment, all }.Reads(session, async (store, answer, parsed, cancellation) =>
        {
            var definition = LeaderboardDefinition.MeanRecall with { Experiment = parsed.GetValue(experiment) };
            if (parsed.GetValue(metric) is { } name) definition = definition with { Name = name, Metric = name };
            var ranked = await store.Runs.LeaderboardAsync(definition, cancellation);
            IReadOnlyList<LeaderboardRow> rows = [.. ranked.Take(parsed.GetValue(all) ? int.MaxValue : Shown)];
            answer.Rows(rows, $"no run has a score under {definition.Metric} yet", LeaderboardColumns.For(rows));
        });
    }
}
