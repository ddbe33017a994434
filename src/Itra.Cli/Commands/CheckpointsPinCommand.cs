using System.CommandLine;
using Itra.Cli.Checkpoints;
using Itra.Cli.Output;
using Itra.Domain.Runs;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Microsoft.Extensions.DependencyInjection;

namespace Itra.Cli.Commands;

internal static class CheckpointsPinCommand
{
    private sealed record Pinned(string RunId, string Sha256, bool Changed);

    public static Command Pin(Session session)
    {
        var reason = new Option<string?>("--reason") { Description = "why, for those who come later" };
        return Create(session, "pin", "Keeps a checkpoint whatever `itra gc` is told.", [reason],
            (sha256, parsed) => new PinCheckpoint(sha256, parsed.GetValue(reason) is { } text ? session.Redaction.Text(text) : null, Environment.UserName));
    }

    public static Command Unpin(Session session) =>
        Create(session, "unpin", "Leaves a checkpoint to the rules of `itra gc` again.", [], (sha256, _) => new UnpinCheckpoint(sha256, Environment.UserName));

    private static Command Create(Session session, string verb, string what, IReadOnlyList<Option> options, Func<string, ParseResult, RunCommand> make)
    {
        var name = new Argument<string>("RUN[@CHECKPOINT]") { Description = NamedCheckpoint.Forms };
        var json = Reading.JsonOption();
        var command = new Command(verb, what) { name, json };
        foreach (var option in options) command.Add(option);
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var services = session.OpenTracking();
            var found = await NamedCheckpoint.FindAsync(services.GetRequiredService<RunReader>(), parsed.GetRequiredValue(name), cancellation);
            var events = await services.GetRequiredService<MartenRunJournal>().RecordAsync(found.Run.Id, make(found.File.Sha256, parsed) with { At = session.Clock.GetUtcNow() }, cancellation);
            var answer = new Pinned(found.Run.Id, found.File.Sha256, events.Count > 0);
            if (parsed.GetValue(json)) new Answer(session.Terminal, asJson: true).Json(answer);
            else session.Terminal.Out.WriteLine($"checkpoint {Form.Digest(answer.Sha256)} of {answer.RunId} is {(answer.Changed ? "" : "already ")}{verb}ned");
            return ExitCode.Done;
        });
        return command;
    }
}
