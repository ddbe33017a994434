using System.CommandLine;
using Itra.Cli.Leaderboards;
using Itra.Domain.Leaderboards;
using Itra.Tracking.Leaderboards;

namespace Itra.Cli.Commands;

internal static class LeaderboardDefineCommand
{
    public static Command Create(Session session)
    {
        var file = new Argument<string>("FILE") { Description = "a definition, such as recipes/leaderboards/coco-retrieval.yaml" };
        var command = new Command("define", "Defines a leaderboard, or a new version of it.") { file };
        command.SetAction(async (parsed, cancellation) =>
        {
            var definition = LeaderboardFile.Load(parsed.GetRequiredValue(file));
            await using var database = session.OpenDatabase();
            var events = await new LeaderboardJournal(database).RecordAsync(
                new DefineLeaderboard(definition, Environment.UserName) { At = session.Clock.GetUtcNow() }, cancellation);
            session.Terminal.Out.WriteLine(events.OfType<LeaderboardDefined>().FirstOrDefault() is { } defined
                ? $"leaderboard {defined.Name} is defined, version {defined.Version}: itra leaderboard {defined.Name}"
                : $"leaderboard {definition.Name} is defined so already");
            return ExitCode.Done;
        });
        return command;
    }
}
