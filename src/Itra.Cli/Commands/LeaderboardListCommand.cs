using System.CommandLine;
using Itra.Cli.Output;
using Itra.Tracking.Leaderboards;

namespace Itra.Cli.Commands;

internal static class LeaderboardListCommand
{
    public static Command Create(Session session) =>
        new Command("ls", "Lists the leaderboards that are defined.").Reads(session, async (store, answer, _, cancellation) =>
            answer.Rows([.. (await store.Leaderboards.ListAsync(cancellation)).Select(Row.Of)], "no leaderboard is defined yet: `itra leaderboard define FILE`", Columns));

    internal sealed record Row(string Name, int Version, string Title, string Score, string? Dataset, DateTimeOffset DefinedAt, string By, int ExternalRows)
    {
        public static Row Of(DefinedLeaderboard board)
        {
            var (definition, last) = (board.State.Definition!, board.Versions[^1]);
            return new Row(board.Name, board.State.Version, definition.Title ?? "", definition.Score.Text, definition.Dataset, last.At, last.By, board.State.External.Count);
        }
    }

    private static readonly IReadOnlyList<Column<Row>> Columns =
    [
        new("name", r => r.Name), new("version", r => r.Version.ToString(), IsNumber: true), new("title", r => r.Title) { Shrinks = true }, new("score", r => r.Score) { Shrinks = true, Least = 21 },
        new("dataset", r => r.Dataset ?? "") { Label = "data set" }, new("defined_at", r => Form.Moment(r.DefinedAt)) { Yields = 1 }, new("by", r => r.By) { Yields = 2 },
    ];
}
