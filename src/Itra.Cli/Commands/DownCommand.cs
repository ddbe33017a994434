using System.CommandLine;
using Itra.Tracking.Postgres;

namespace Itra.Cli.Commands;

internal static class DownCommand
{
    public static Command Create(Session session)
    {
        var command = new Command("down", "Stops the private database.");
        command.SetAction(async (_, cancellation) =>
        {
            await using var database = new TrackingDatabase(StoreAddress.Resolve(session.Variable), session.Variable);
            session.Terminal.Out.WriteLine(
                database.Cluster is not { } cluster ? $"ITRA_POSTGRES is set: {database.Address.Display} is not ours to stop"
                : await cluster.StopAsync(cancellation) ? $"{database.Address.Display} is stopped"
                : $"{database.Address.Display} was not running");
            return ExitCode.Done;
        });
        return command;
    }
}
