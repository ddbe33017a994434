using System.CommandLine;
using Itra.Cli.Leaderboards;
using Itra.Cli.Output;
using Itra.Domain.Leaderboards;
using Itra.Tracking.Leaderboards;

namespace Itra.Cli.Commands;

internal static class LeaderboardAddCommand
{
    private sealed record Added(string Name, IReadOnlyList<string> Rows);

    public static Command Create(Session session)
    {
        var file = new Argument<string>("FILE") { Description = "rows that other people report, such as recipes/leaderboards/coco-external.yaml" };
        var board = new Option<string>("--to") { Description = "the leaderboard", Required = true };
        var json = Reading.JsonOption();
        var command = new Command("add", "Puts results of other people's systems on a leaderboard, marked as external.") { file, board, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var rows = ExternalRowsFile.Load(parsed.GetRequiredValue(file));
            await using var database = session.OpenDatabase();
            var name = parsed.GetRequiredValue(board);
            var events = await new LeaderboardJournal(database).RecordAsync(new AddExternalRows(name, rows, Environment.UserName) { At = session.Clock.GetUtcNow() }, cancellation);
            var answer = new Added(name, [.. events.OfType<ExternalRowsAdded>().SelectMany(e => e.Rows).Select(r => r.Name)]);
            if (parsed.GetValue(json)) new Answer(session.Terminal, asJson: true).Json(answer);
            else session.Terminal.Out.WriteLine(answer.Rows.Count > 0 ? $"{answer.Rows.Count} external rows are on leaderboard {name}" : $"all of them are on leaderboard {name} already");
            return ExitCode.Done;
        });
        return command;
    }
}
