using System.CommandLine;
using Itra.Cli.Checkpoints;
using Itra.Cli.Output;
using Itra.Domain;
using Itra.Tracking;
using Itra.Tracking.Reading;

namespace Itra.Cli.Commands;

internal static class CheckpointsGetCommand
{
    private sealed record Fetched(string RunId, string Path, string Sha256, long Bytes);

    public static Command Create(Session session)
    {
        var name = new Argument<string>("RUN[@CHECKPOINT]") { Description = NamedCheckpoint.Forms };
        var to = new Option<string>("--to") { Description = "file to write", Required = true };
        var force = new Option<bool>("--force") { Description = "replace what is there" };
        var json = Reading.JsonOption();
        var command = new Command("get", "Writes a checkpoint to a file, after comparing it with its digest.") { name, to, force, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            var path = Path.GetFullPath(parsed.GetRequiredValue(to));
            if (Directory.Exists(path)) throw new UserErrorException($"{path} is a folder: name a file");
            if (File.Exists(path) && !parsed.GetValue(force)) throw new UserErrorException($"{path} is there already: name another file, or say --force");
            await using var database = session.OpenDatabase();
            var store = TrackingRegistration.OpenArtifacts(session.Variable);
            using var close = store as IDisposable;
            var found = await NamedCheckpoint.FindAsync(new RunReader(database), parsed.GetRequiredValue(name), cancellation);
            await using (var content = await store.OpenAsync(found.File.Sha256, cancellation)) await WriteAsync(content, path, cancellation);
            if (parsed.GetValue(json)) new Answer(session.Terminal, asJson: true).Json(new Fetched(found.Run.Id, path, found.File.Sha256, found.File.Bytes));
            else session.Terminal.Out.WriteLine($"{path}: {Form.Bytes(found.File.Bytes)}, sha256 {found.File.Sha256}");
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task WriteAsync(Stream content, string path, CancellationToken cancellation)
    {
        var draft = $"{path}.{Path.GetRandomFileName()}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using (var file = new FileStream(draft, FileMode.CreateNew, FileAccess.Write))
            {
                await content.CopyToAsync(file, cancellation);
                file.Flush(flushToDisk: true);
            }
            File.Move(draft, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path} cannot be written: {e.Message.ReplaceLineEndings(" ")}", e);
        }
        finally
        {
            if (File.Exists(draft)) File.Delete(draft);
        }
    }
}
