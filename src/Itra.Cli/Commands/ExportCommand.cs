using System.CommandLine;
using Itra.Cli.Display;
using Itra.Cli.Output;
using Itra.Cli.Training;
using Itra.Domain;
using Itra.Tracking.Portable;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Microsoft.Extensions.DependencyInjection;

namespace Itra.Cli.Commands;

internal static class ExportCommand
{
    private static readonly IReadOnlyDictionary<string, ExportFormat> Formats = new Dictionary<string, ExportFormat>
    {
        ["jsonl"] = ExportFormat.Jsonl, ["ro-crate"] = ExportFormat.RoCrate, ["prov"] = ExportFormat.Prov, ["csv"] = ExportFormat.Csv,
    };

    public static Command Create(Session session)
    {
        var run = Reading.RunArgument();
        var format = new Option<string>("--format") { Description = "jsonl (all of it), ro-crate (the same, described for others), prov (where its results come from), csv (its numbers)", DefaultValueFactory = _ => "jsonl" };
        format.AcceptOnlyFromAmong([.. Formats.Keys]);
        var blobs = new Option<bool>("--with-blobs") { Description = "pack its checkpoints and other stored files, too" };
        var to = new Option<string?>("--to") { Description = "file to write, or with a slash at its end a folder for a crate [./NAME-RUN]" };
        var force = new Option<bool>("--force") { Description = "replace what is there" };
        var json = Reading.JsonOption();
        var command = new Command("export", "Writes a run to a file that `itra import` or another program reads.") { run, format, blobs, to, force, json };
        command.SetAction(async (parsed, _) =>
        {
            using var interruption = new Interruption(session, () => session.Terminal.Error.WriteLine("itra: stopping; nothing is left behind"));
            await using var services = session.OpenTracking();
            // What a killed process left in its log belongs to the run.
            await Reading.CloseOrphansAsync(services.GetRequiredService<RunReader>(), session, interruption.Token);
            var summary = await services.GetRequiredService<RunReader>().FindRunAsync(parsed.GetRequiredValue(run), interruption.Token);
            var (form, withBlobs) = (Formats[parsed.GetRequiredValue(format)], parsed.GetValue(blobs));
            var request = new ExportRequest(summary.Id, form, parsed.GetValue(to) ?? DefaultPath(summary, form, withBlobs), withBlobs, parsed.GetValue(force));
            var exported = await services.GetRequiredService<RunExport>().WriteAsync(request, new DownloadProgress(session.Terminal, session.Clock), interruption.Token);
            if (parsed.GetValue(json)) new Answer(session.Terminal, asJson: true).Json(exported);
            else Tell(exported, session.Terminal.Out);
            if (exported.MissingBlobs.Count > 0)
                session.Terminal.Error.WriteLine($"itra: {exported.MissingBlobs.Count} files that the run refers to are not in the artifact store, and so not in {exported.Path}");
            return ExitCode.Done;
        });
        return command;
    }

    private static string DefaultPath(RunSummary run, ExportFormat format, bool withBlobs) =>
        $"./{UntrustedText.AsFileName(run.Name)}-{run.Id}{RunExport.Extension(format, withBlobs)}";

    private static void Tell(Exported exported, TextWriter say) =>
        say.WriteLine($"{exported.Path}: {exported.Events} events{(exported.Blobs > 0 ? $", {exported.Blobs} stored files" : "")}, {Form.Bytes(exported.Bytes)}, chain up to {exported.Head}");
}
