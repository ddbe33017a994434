using System.CommandLine;
using Itra.Cli.Output;

namespace Itra.Cli.Commands;

internal static class UpCommand
{
    private sealed record Running(string Store, string? Psql);

    public static Command Create(Session session)
    {
        var json = Reading.JsonOption();
        var command = new Command("up", "Starts the private database, making it first if there is none.") { json };
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var database = session.OpenDatabase();
            await database.EnsureRunningAsync(cancellation);
            if (parsed.GetValue(json)) new Answer(session.Terminal, asJson: true).Json(new Running(database.Address.Display, database.Cluster?.Psql));
            else session.Terminal.Out.WriteLine(database.Cluster is { } cluster
                ? $"{database.Address.Display} is running in {cluster.Location}; SQL: {cluster.Psql}"
                : $"ITRA_POSTGRES is set: {database.Address.Display} is used, and there is nothing to start");
            return ExitCode.Done;
        });
        return command;
    }
}
