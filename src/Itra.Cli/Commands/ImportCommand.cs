using System.CommandLine;
using Itra.Cli.Display;
using Itra.Cli.Output;
using Itra.Cli.Training;
using Itra.Tracking.Portable;
using Microsoft.Extensions.DependencyInjection;

namespace Itra.Cli.Commands;

internal static class ImportCommand
{
    public static Command Create(Session session)
    {
        var file = new Argument<string>("FILE") { Description = "what `itra export` wrote: a .jsonl, a .zip, a crate" };
        var json = Reading.JsonOption();
        var command = new Command("import", "Reads an exported run into the store, if nothing in it was changed.") { file, json };
        command.SetAction(async (parsed, _) =>
        {
            using var interruption = new Interruption(session, () => session.Terminal.Error.WriteLine("itra: stopping; the run is not imported"));
            await using var services = session.OpenTracking();
            var imported = await services.GetRequiredService<RunImport>().ReadAsync(
                parsed.GetRequiredValue(file), new DownloadProgress(session.Terminal, session.Clock), interruption.Token);
            if (parsed.GetValue(json)) new Answer(session.Terminal, asJson: true).Json(imported);
            else Tell(imported, session.Terminal.Out);
            if (imported.MissingBlobs.Count > 0)
                session.Terminal.Error.WriteLine($"itra: {imported.MissingBlobs.Count} files that the run refers to are neither in {parsed.GetRequiredValue(file)} nor in the artifact store; `itra export --with-blobs` packs them");
            return ExitCode.Done;
        });
        return command;
    }

    private static void Tell(Imported run, TextWriter say) => say.WriteLine(
        run.IsNew ? $"{run.RunId} ({run.Name}): {run.Events} events and {Form.Count(run.MetricValues)} metric values imported{Stored(run)}; chain up to {run.Head} holds"
        : $"{run.RunId} ({run.Name}) is in the store already, event for event up to {run.Head}{Stored(run)}");

    private static string Stored(Imported run) => run.BlobsStored > 0 ? $", {run.BlobsStored} stored files added" : "";
}
