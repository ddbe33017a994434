using System.CommandLine;
using Itra.Cli.Output;
using Itra.Domain;
using Itra.Tracking.Artifacts;
using Itra.Tracking.WriteAhead;
using Microsoft.Extensions.DependencyInjection;

namespace Itra.Cli.Commands;

internal static class SyncCommand
{
    public static Command Create(Session session)
    {
        var folder = new Argument<string?>("DIR") { Description = "a run's folder, or one that holds several; all that this machine knows of if left out", Arity = ArgumentArity.ZeroOrOne };
        var json = Reading.JsonOption();
        var command = new Command("sync", "Ships events that are not in the store yet, of runs that were killed or offline.") { folder, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(folder) is { } path && !Directory.Exists(path)) throw new UserErrorException($"there is no folder {path}: name the one that holds a run's events.wal, or leave it out");
            await using var services = session.OpenTracking();
            var shipped = await services.GetRequiredService<LogSync>().RunAsync(parsed.GetValue(folder), cancellation);
            new Answer(session.Terminal, parsed.GetValue(json)).Rows(shipped, "nothing is waiting: the store has everything", Columns);
            if (services.GetRequiredService<Uploads>().Warning is { } warning) session.Terminal.Error.WriteLine($"itra: {warning}");
            return shipped.All(s => s.Problem is null) ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static readonly IReadOnlyList<Column<ShippedLog>> Columns =
    [
        new("run_id", s => s.RunId) { Label = "run" }, new("records", s => Form.Count(s.Records), IsNumber: true), new("new", s => Form.Count(s.New), IsNumber: true),
        new("path", s => s.Path) { Shrinks = true }, new("problem", s => s.Problem ?? "") { Shrinks = true },
    ];
}
