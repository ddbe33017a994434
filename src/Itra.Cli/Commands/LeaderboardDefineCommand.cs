using System.CommandLine;
using Itra.Cli.Leaderboards;
using Itra.Cli.Output;
using Itra.Domain.Leaderboards;
using Itra.Tracking.Leaderboards;

namespace Itra.Cli.Commands;

internal static class LeaderboardDefineCommand
{
    private sealed record Defined(string Name, int Version, bool Changed);

    public static Command Create(Session session)
    {
        var file = new Argument<string>("FILE") { Description = "a definition, such as recipes/leaderboards/coco-retrieval.yaml" };
        var json = Reading.JsonOption();
        var command = new Command("define", "Defines a leaderboard, or a new version of it.") { file, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var definition = LeaderboardFile.Load(parsed.GetRequiredValue(file));
            await using var database = session.OpenDatabase();
            var events = await new LeaderboardJournal(database).RecordAsync(
                new DefineLeaderboard(definition, Environment.UserName) { At = session.Clock.GetUtcNow() }, cancellation);
            var defined = new Defined(definition.Name, (await new LeaderboardReader(database).FindAsync(definition.Name, cancellation)).State.Version, events.Count > 0);
            if (parsed.GetValue(json)) new Answer(session.Terminal, asJson: true).Json(defined);
            else session.Terminal.Out.WriteLine(defined.Changed
                ? $"leaderboard {defined.Name} is defined, version {defined.Version}: itra leaderboard {defined.Name}"
                : $"leaderboard {defined.Name} is defined so already");
            return ExitCode.Done;
        });
        return command;
    }
}
