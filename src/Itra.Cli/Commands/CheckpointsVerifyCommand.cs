using System.CommandLine;
using Itra.Cli.Output;
using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Tracking;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Reading;
using Itra.Tracking.Retention;

namespace Itra.Cli.Commands;

internal static class CheckpointsVerifyCommand
{
    private sealed record Verified(string RunId, int Epoch, string Sha256, long Bytes, bool Sound, string? Problem);

    public static Command Create(Session session)
    {
        var run = new Argument<string?>("RUN") { Description = "an id, the beginning of one, or a name; all runs without it", Arity = ArgumentArity.ZeroOrOne };
        var json = Reading.JsonOption();
        var command = new Command("verify", "Reads checkpoints that are kept, and compares them with their digests. Exit code 1 if one is not as it was.") { run, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var database = session.OpenDatabase();
            var store = TrackingRegistration.OpenArtifacts(session.Variable);
            using var close = store as IDisposable;
            var id = parsed.GetValue(run) is { } text ? (await new RunReader(database).FindRunAsync(text, cancellation)).Id : null;
            List<Verified> rows = [];
            foreach (var c in (await new CheckpointCatalog(database, store, session.Home).ListAsync(id, cancellation)).Checkpoints.Where(c => c.Place != CheckpointPlace.Deleted))
            {
                var problem = await ProblemAsync(store, c, cancellation);
                rows.Add(new Verified(c.RunId, c.Epoch, c.Sha256, c.Bytes, problem is null, problem));
            }
            new Answer(session.Terminal, parsed.GetValue(json)).Rows(rows, "no checkpoints are kept", Columns);
            return rows.All(r => r.Sound) ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static async Task<string?> ProblemAsync(IArtifactStore store, StoredCheckpoint checkpoint, CancellationToken cancellation)
    {
        // What waits beside the log of an offline run is checked when it is sent.
        if (checkpoint.Place == CheckpointPlace.Waiting && !await store.ExistsAsync(checkpoint.Sha256, cancellation)) return null;
        try
        {
            await using var content = await store.OpenAsync(checkpoint.Sha256, cancellation);
            return content.Length == checkpoint.Bytes ? null : $"it has {content.Length} bytes";
        }
        catch (UserErrorException e) when (e is ArtifactMissingException or ArtifactDamagedException)
        {
            return e.Message;
        }
    }

    private static readonly IReadOnlyList<Column<Verified>> Columns =
    [
        new("run_id", c => c.RunId) { Label = "run" }, new("epoch", c => Form.Count(c.Epoch), IsNumber: true), new("bytes", c => Form.Count(c.Bytes), IsNumber: true),
        new("sha256", c => c.Sha256) { Label = "" }, new("digest", c => Form.Digest(c.Sha256)), new("sound", c => c.Sound ? "yes" : "NO"), new("problem", c => c.Problem ?? "") { Shrinks = true },
    ];
}
