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
        var dataset = new Option<string?>("--dataset") { Description = "only scores on this data set: its name, or its digest as in `itra runs show`" };
        var all = new Option<bool>("--all") { Description = $"all runs, not just the best {Shown}" };
        return new Command("leaderboard", "Ranks runs by their best evaluation.") { metric, experiment, dataset, all }.Reads(session, async (store, answer, parsed, cancellation) =>
        {
            var definition = LeaderboardDefinition.MeanRecall with { Experiment = parsed.GetValue(experiment), Dataset = parsed.GetValue(dataset) };
            if (parsed.GetValue(metric) is { } name) definition = definition with { Name = name, Metric = name };
            var ranked = await store.Runs.LeaderboardAsync(definition, cancellation);
            IReadOnlyList<LeaderboardRow> rows = [.. ranked.Take(parsed.GetValue(all) ? int.MaxValue : Shown)];
            if (rows.Select(r => r.DatasetDigest).Distinct().Count() is > 1 and var sets)
                session.Terminal.Error.WriteLine($"itra: these scores were measured on {sets} different data sets and do not compare: choose one with --dataset");
            answer.Rows(rows, $"no run has a score under {definition.Metric} yet", LeaderboardColumns.For(rows));
        });
    }
}
