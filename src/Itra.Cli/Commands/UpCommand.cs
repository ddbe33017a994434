using System.CommandLine;

namespace Itra.Cli.Commands;

internal static class UpCommand
{
    public static Command Create(Session session)
    {
        var command = new Command("up", "Starts the private database, making it first if there is none.");
        command.SetAction(async (_, cancellation) =>
        {
            await using var database = session.OpenDatabase();
            await database.EnsureRunningAsync(cancellation);
            session.Terminal.Out.WriteLine(database.Cluster is { } cluster
                ? $"{database.Address.Display} is running in {cluster.Location}; SQL: {cluster.Psql}"
                : $"ITRA_POSTGRES is set: {database.Address.Display} is used, and there is nothing to start");
            return ExitCode.Done;
        });
        return command;
    }
}
