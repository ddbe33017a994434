using System.CommandLine;
using Itra.Cli.Output;
using Itra.Domain.Leaderboards;
using Itra.Tracking.Leaderboards;

namespace Itra.Cli.Commands;

internal static class LeaderboardHistoryCommand
{
    public static Command Create(Session session)
    {
        var name = new Argument<string?>("NAME") { Description = "a board that is defined; without it, that of the best mean recall", Arity = ArgumentArity.ZeroOrOne };
        return new Command("history", "Lists each change of the first place, with the event that caused it.") { name }.Reads(session, async (store, answer, parsed, cancellation) =>
        {
            IReadOnlyList<LeaderboardDefined> versions = parsed.GetValue(name) is { } wanted ? (await store.Leaderboards.FindAsync(wanted, cancellation)).Versions
                : [new LeaderboardDefined(LeaderboardDefinition.MeanRecall.Name, 1, LeaderboardDefinition.MeanRecall, "") { At = DateTimeOffset.MinValue }];
            answer.Rows(await store.Leaderboards.HistoryAsync(versions, cancellation), "nobody has been first yet", Columns);
        });
    }

    private static readonly IReadOnlyList<Column<LeaderChange>> Columns =
    [
        new("at", c => Form.Moment(c.At)), new("run_id", c => c.Leader?.RunId ?? "") { Label = "run" }, new("name", c => c.Leader?.Name ?? "nobody") { Shrinks = true },
        new("epoch", c => c.Leader?.Epoch.ToString() ?? "", IsNumber: true) { Yields = 1 }, new("value", c => Form.Percent(c.Leader?.Value), IsNumber: true),
        new("previous_run_id", c => c.Previous is { } p && p.RunId == c.Leader?.RunId ? "itself" : c.Previous?.RunId ?? "") { Label = "previous", Yields = 3 },
        new("previous_value", c => Form.Percent(c.Previous?.Value), IsNumber: true) { Label = "with", Yields = 2 },
        new("cause", c => $"{c.Cause.Type} ({c.Cause.Stream} {c.Cause.Version})") { Shrinks = true, Least = 19 },
    ];
}
