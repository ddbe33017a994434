using System.CommandLine;
using Itra.Cli.Leaderboards;
using Itra.Domain.Leaderboards;
using Itra.Tracking.Leaderboards;

namespace Itra.Cli.Commands;

internal static class LeaderboardAddCommand
{
    public static Command Create(Session session)
    {
        var file = new Argument<string>("FILE") { Description = "rows that other people report, such as recipes/leaderboards/coco-external.yaml" };
        var board = new Option<string>("--to") { Description = "the leaderboard", Required = true };
        var command = new Command("add", "Puts results of other people's systems on a leaderboard, marked as external.") { file, board };
        command.SetAction(async (parsed, cancellation) =>
        {
            var rows = ExternalRowsFile.Load(parsed.GetRequiredValue(file));
            await using var database = session.OpenDatabase();
            var name = parsed.GetRequiredValue(board);
            var events = await new LeaderboardJournal(database).RecordAsync(new AddExternalRows(name, rows, Environment.UserName) { At = session.Clock.GetUtcNow() }, cancellation);
            var added = events.OfType<ExternalRowsAdded>().Sum(e => e.Rows.Count);
            session.Terminal.Out.WriteLine(added > 0 ? $"{added} external rows are on leaderboard {name}" : $"all of them are on leaderboard {name} already");
            return ExitCode.Done;
        });
        return command;
    }
}
