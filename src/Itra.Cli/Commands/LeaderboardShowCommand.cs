using System.CommandLine;
using Itra.Cli.Leaderboards;
using Itra.Cli.Output;
using Itra.Domain.Leaderboards;

namespace Itra.Cli.Commands;

internal static class LeaderboardShowCommand
{
    public static Command Create(Session session)
    {
        var name = new Argument<string>("NAME");
        return new Command("show", "Shows the definition of a leaderboard, with every earlier version.") { name }.Reads(session, async (store, answer, parsed, cancellation) =>
        {
            var board = await store.Leaderboards.FindAsync(parsed.GetRequiredValue(name), cancellation);
            if (answer.IsJson) answer.Json(new { board.Name, board.State.Version, board.State.Definition, board.State.External, board.Versions });
            else answer.Rows([.. board.Versions.Reverse().SelectMany(Facts)], "", [new("version", f => f.Version.ToString(), IsNumber: true), new("what", f => f.What), new("value", f => f.Value) { Shrinks = true }]);
        });
    }

    private sealed record Fact(int Version, string What, string Value);

    private static IEnumerable<Fact> Facts(LeaderboardDefined version) =>
        LeaderboardFile.Lines(version.Definition).Prepend(("defined", $"{Form.Moment(version.At)} by {version.By}")).Select(l => new Fact(version.Version, l.Item1, l.Item2));
}
