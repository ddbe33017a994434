using System.CommandLine;
using Itra.Cli.Output;
using Itra.Tracking;
using Itra.Tracking.Reading;
using Itra.Tracking.Retention;

namespace Itra.Cli.Commands;

internal static class CheckpointsListCommand
{
    public static Command Create(Session session)
    {
        var run = new Argument<string?>("RUN") { Description = "an id, the beginning of one, or a name; all runs without it", Arity = ArgumentArity.ZeroOrOne };
        var json = Reading.JsonOption();
        var command = new Command("ls", "Lists checkpoints: where they are, what they take, what became of them.") { run, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var database = session.OpenDatabase();
            var store = TrackingRegistration.OpenArtifacts(session.Variable);
            using var close = store as IDisposable;
            var id = parsed.GetValue(run) is { } text ? (await new RunReader(database).FindRunAsync(text, cancellation)).Id : null;
            var list = await new CheckpointCatalog(database, store, session.Home).ListAsync(id, cancellation);
            new Answer(session.Terminal, parsed.GetValue(json)).Rows(list.Checkpoints, "no checkpoints yet", Columns);
            if (list.Trouble is { } trouble) session.Terminal.Error.WriteLine($"itra: where they are is not known: {session.Redaction.Text(trouble)}");
            return ExitCode.Done;
        });
        return command;
    }

    private static readonly IReadOnlyList<Column<StoredCheckpoint>> Columns =
    [
        new("run_id", c => c.RunId) { Label = "run" }, new("epoch", c => Form.Count(c.Epoch), IsNumber: true), new("updates", c => Form.Count(c.Updates), IsNumber: true) { Yields = 2 },
        new("mean_recall", c => Form.Percent(c.MeanRecall), IsNumber: true) { Label = "recall" },
        new("bytes", c => $"{c.Bytes}", IsNumber: true) { Label = "" }, new("own_bytes", c => $"{c.OwnBytes}", IsNumber: true) { Label = "" },
        new("size", c => Form.Bytes(c.Bytes), IsNumber: true), new("own", c => c.OwnBytes is { } own ? Form.Bytes(own) : "", IsNumber: true) { Yields = 1 },
        new("sha256", c => c.Sha256) { Label = "" }, new("digest", c => Form.Digest(c.Sha256)), new("place", c => c.Place.ToString().ToLowerInvariant()), new("marks", Marks) { Shrinks = true },
    ];

    private static string Marks(StoredCheckpoint c) => string.Join(", ", new[]
    {
        c.Pin is { } pin ? $"pinned by {pin.By}{(pin.Reason is { } reason ? $": {reason}" : "")}" : "",
        c.Deletion is { } gone ? $"by {gone.By}: {gone.Reason}" : "",
        c.IsSuperseded ? "superseded" : "",
        c.WaitsIn is { } log ? $"with {log}" : "",
    }.Where(m => m.Length > 0));
}
