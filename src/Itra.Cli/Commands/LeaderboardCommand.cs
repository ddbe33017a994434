using System.CommandLine;
using Itra.Cli.Leaderboards;
using Itra.Cli.Output;
using Itra.Domain.Leaderboards;

namespace Itra.Cli.Commands;

internal static class LeaderboardCommand
{
    private const int Shown = 20;

    public static Command Create(Session session)
    {
        var name = new Argument<string?>("NAME") { Description = "a board that is defined; without it, runs by their best mean recall", Arity = ArgumentArity.ZeroOrOne };
        var metric = new Option<string?>("--metric") { Description = "score to rank by [retrieval-mean-recall]" };
        var experiment = new Option<string?>("--experiment") { Description = "only runs of this experiment" };
        var dataset = new Option<string?>("--dataset") { Description = "only scores on this data set: its name, or its digest as in `itra runs show`" };
        var all = new Option<bool>("--all") { Description = $"all runs, not just the best {Shown}" };
        var command = new Command("leaderboard", "Ranks runs by what they scored.")
        {
            name, metric, experiment, dataset, all,
            LeaderboardDefineCommand.Create(session), LeaderboardListCommand.Create(session), LeaderboardShowCommand.Create(session),
            LeaderboardPreviewCommand.Create(session), LeaderboardHistoryCommand.Create(session), LeaderboardAddCommand.Create(session),
        };
        return command.Reads(session, async (store, answer, parsed, cancellation) =>
        {
            var board = parsed.GetValue(name) is { } wanted ? (await store.Leaderboards.FindAsync(wanted, cancellation)).State : Leaderboard.Undefined;
            var definition = board.Definition ?? LeaderboardDefinition.MeanRecall;
            if (parsed.GetValue(metric) is { } score) definition = definition with { Metric = score, Formula = null };
            if (parsed.GetValue(dataset) is { } set) definition = definition with { Dataset = set };
            if (parsed.GetValue(experiment) is { } only) definition = definition with { Filters = definition.Filters with { Experiment = only } };
            var rows = await store.Leaderboards.RankAsync(definition, board.External, parsed.GetValue(all) ? null : Shown, cancellation);
            if (rows.All(r => r.External) && (parsed.GetValue(metric) ?? parsed.GetValue(dataset) ?? parsed.GetValue(experiment)) is not null)
                KnownNames.MustHave(await store.Leaderboards.NamesAsync(cancellation), parsed.GetValue(metric), parsed.GetValue(dataset), parsed.GetValue(experiment));
            LeaderboardPage.Write(rows, definition, board.External, answer, session.Terminal);
        });
    }
}
