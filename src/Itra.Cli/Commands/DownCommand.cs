using System.CommandLine;
using Itra.Cli.Output;

namespace Itra.Cli.Commands;

internal static class DownCommand
{
    private sealed record Ended(string Store, bool Stopped);

    public static Command Create(Session session)
    {
        var json = Reading.JsonOption();
        var command = new Command("down", "Stops the private database.") { json };
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var database = session.OpenDatabase();
            var ended = new Ended(database.Address.Display, database.Cluster is { } cluster && await cluster.StopAsync(cancellation));
            if (parsed.GetValue(json)) new Answer(session.Terminal, asJson: true).Json(ended);
            else session.Terminal.Out.WriteLine(
                database.Cluster is null ? $"ITRA_POSTGRES is set: {ended.Store} is not ours to stop"
                : ended.Stopped ? $"{ended.Store} is stopped"
                : $"{ended.Store} was not running");
            return ExitCode.Done;
        });
        return command;
    }
}
