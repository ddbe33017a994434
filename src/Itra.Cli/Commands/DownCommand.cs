using System.CommandLine;

namespace Itra.Cli.Commands;

internal static class DownCommand
{
    public static Command Create(Session session)
    {
        var command = new Command("down", "Stops the private database.");
        command.SetAction(async (_, cancellation) =>
        {
            await using var database = session.OpenDatabase();
            session.Terminal.Out.WriteLine(
                database.Cluster is not { } cluster ? $"ITRA_POSTGRES is set: {database.Address.Display} is not ours to stop"
                : await cluster.StopAsync(cancellation) ? $"{database.Address.Display} is stopped"
                : $"{database.Address.Display} was not running");
            return ExitCode.Done;
        });
        return command;
    }
}
