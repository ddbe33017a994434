using System.CommandLine;
using Itra.Cli.Display;
using Itra.Cli.Output;
using Itra.Tracking;
using Itra.Tracking.Audit;
using Itra.Tracking.Backup;

namespace Itra.Cli.Commands;

internal static class RestoreCommand
{
    public static Command Create(Session session)
    {
        var from = new Argument<string>("FROM") { Description = "the folder that `itra backup` was given" };
        var json = Reading.JsonOption();
        var command = new Command("restore", "Makes a store from a backup, in an ITRA_HOME that has none, and verifies it. Exit code 1 if something is not as it was recorded.") { from, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var database = session.OpenDatabase();
            var manifest = await new StoreRestore(database, session.Home, session.Variable).RunAsync(parsed.GetValue(from)!, cancellation);
            session.Terminal.Error.WriteLine($"itra: {session.Home} is as it was at {Form.Moment(manifest.At)}; it is now verified, as `itra audit verify --all` does");
            var blobs = TrackingRegistration.OpenArtifacts(session.Variable);
            using var close = blobs as IDisposable;
            var report = await new AuditVerification(database, new Ledger(database, session.Home, session.Clock), blobs, session.Clock)
                .VerifyAsync(null, null, new AuditProgressLine(session.Terminal, session.Clock), cancellation);
            AuditVerifyCommand.Write(report, new Answer(session.Terminal, parsed.GetValue(json)), session);
            return report.Sound ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }
}
