using System.CommandLine;
using System.Text.Json;
using Itra.Cli.Display;
using Itra.Cli.Output;
using Itra.Domain;
using Itra.Tracking;
using Itra.Tracking.Audit;
using Itra.Tracking.Reading;

namespace Itra.Cli.Commands;

internal static class AuditVerifyCommand
{
    public static Command Create(Session session)
    {
        var run = new Argument<string?>("RUN") { Description = "an id, the beginning of one, or a name; all runs without it", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all") { Description = "all runs, as without RUN" };
        var seal = new Option<string?>("--seal") { Description = "also compare a seal that was exported to this file" };
        var noBlobs = new Option<bool>("--no-blobs") { Description = "do not read the files that events refer to" };
        var json = Reading.JsonOption();
        var command = new Command("verify", "Reads everything again that was recorded, and names what is not as it was. Exit code 1 if something is.") { run, all, seal, noBlobs, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(run) is not null && parsed.GetValue(all)) throw new UserErrorException("RUN and --all are two different things: leave one of them out");
            await using var database = session.OpenDatabase();
            await Reading.CloseOrphansAsync(new RunReader(database), session, cancellation);
            var blobs = parsed.GetValue(noBlobs) ? null : TrackingRegistration.OpenArtifacts(session.Variable);
            using var close = blobs as IDisposable;
            var stream = parsed.GetValue(run) is { } text ? await AuditVerification.FindAsync(database, text, cancellation) : null;
            var verification = new AuditVerification(database, new Ledger(database, session.Home, session.Clock), blobs, session.Clock);
            var report = await verification.VerifyAsync(stream, parsed.GetValue(seal), new AuditProgressLine(session.Terminal, session.Clock), cancellation);
            Write(report, new Answer(session.Terminal, parsed.GetValue(json)), session);
            return report.Sound ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    internal static void Write(AuditReport report, Answer answer, Session session)
    {
        if (answer.IsJson)
        {
            answer.Json(report);
            return;
        }
        // What is wrong is the answer; in a pipe the rest goes where it does not mix with the rows.
        var words = answer.IsForPeople ? session.Terminal.Out : session.Terminal.Error;
        if (!answer.IsForPeople) answer.Rows(report.Findings, "", Columns);
        else
            foreach (var finding in report.Findings) words.WriteLine($"WRONG {(finding.Stream is { } stream ? stream + ": " : "")}{finding.What}");
        words.WriteLine(report.Sound ? "everything is as it was recorded" : $"{report.Findings.Count} {(report.Findings.Count == 1 ? "thing is" : "things are")} not as recorded");
        words.WriteLine($"read: {Form.Count(report.Events)} events of {Form.Count(report.Streams)} stream{(report.Streams == 1 ? "" : "s")} ({Form.Count((long)report.EventsPerSecond)} a second), "
            + $"{Form.Count(report.MetricBlocks)} blocks of metric values, {Form.Count(report.Blobs)} files ({Form.Bytes(report.BlobBytes)})");
        words.WriteLine(report.LastSeal is not { } number ? $"nothing is sealed: {Form.Count(report.UnsealedEvents)} events are protected by the chain alone; 'itra audit seal' seals them"
            : $"seal {number} is {Form.Duration(session.Clock.GetUtcNow() - report.LastSealAt)} old; {Form.Count(report.UnsealedEvents)} events came after it and are protected by the chain alone");
    }

    private static readonly IReadOnlyList<Column<AuditFinding>> Columns =
    [
        new("stream", f => f.Stream ?? ""), new("version", f => Form.Count(f.Version), IsNumber: true), new("kind", f => JsonNamingPolicy.SnakeCaseLower.ConvertName(f.Kind.ToString())), new("what", f => f.What),
    ];
}
