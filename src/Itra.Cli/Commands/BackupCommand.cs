using System.CommandLine;
using Itra.Cli.Output;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Backup;

namespace Itra.Cli.Commands;

internal static class BackupCommand
{
    public static Command Create(Session session)
    {
        var to = new Argument<string>("TO") { Description = "a folder; a second backup to it copies only what is new" };
        var withKey = new Option<bool>("--with-key") { Description = "also keep the private key that signs seals; who has it can sign any" };
        var withModels = new Option<bool>("--with-models") { Description = "also keep weights and vocabularies; they are only listed otherwise" };
        var json = Reading.JsonOption();
        var command = new Command("backup", "Copies the private store, while runs go on writing to it. Exit code 1 if a blob was found damaged.") { to, withKey, withModels, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var database = session.OpenDatabase();
            var report = await new StoreBackup(database, session.Home, session.Variable, session.Clock)
                .RunAsync(parsed.GetValue(to)!, parsed.GetValue(withKey), parsed.GetValue(withModels), cancellation);
            Write(report, new Answer(session.Terminal, parsed.GetValue(json)), session);
            return report.Damaged.Count == 0 ? ExitCode.Done : ExitCode.Failed;
        });
        return command;
    }

    private static void Write(BackupReport report, Answer answer, Session session)
    {
        var manifest = report.Manifest;
        var row = new Row(report.Folder, manifest.At, manifest.Events, manifest.Streams, manifest.LastSeal, manifest.Files.Count(f => f.Sha256 is not null), report.NewFiles, report.NewBytes,
            manifest.Database.Bytes, manifest.Files.Any(f => f.Path == "keys/ledger.pem"), report.Damaged);
        if (!answer.IsForPeople) answer.Rows([row], "", Columns);
        else
        {
            session.Terminal.Out.WriteLine($"{report.Folder}: {Form.Count(row.Events)} events of {Form.Count(row.Streams)} streams ({Form.Bytes(row.DatabaseBytes)}), {Form.Count(row.Files)} files, of which {Form.Count(row.NewFiles)} are new ({Form.Bytes(row.NewBytes)})");
            if (!row.HasKey) session.Terminal.Out.WriteLine("the private key that signs seals is not in it (--with-key)");
        }
        foreach (var digest in report.Damaged) session.Terminal.Error.WriteLine($"itra: blob {digest} is damaged and was not copied: 'itra audit verify --all' names its run");
        if (S3Settings.Read(session.Variable) is { } bucket)
            session.Terminal.Error.WriteLine($"itra: checkpoints are in bucket {bucket.Bucket}, which is not part of this backup: replicate it (docs/operations.md)");
    }

    /// <summary>The JSON contract.</summary>
    private sealed record Row(
        string Folder, DateTimeOffset At, long Events, long Streams, long? LastSeal, long Files, long NewFiles, long NewBytes, long DatabaseBytes, bool HasKey, IReadOnlyList<string> Damaged);

    private static readonly IReadOnlyList<Column<Row>> Columns =
    [
        new("folder", r => r.Folder), new("at", r => Form.Moment(r.At)), new("events", r => Form.Count(r.Events), IsNumber: true), new("streams", r => Form.Count(r.Streams), IsNumber: true),
        new("last_seal", r => Form.Count(r.LastSeal), IsNumber: true), new("files", r => Form.Count(r.Files), IsNumber: true), new("new_files", r => Form.Count(r.NewFiles), IsNumber: true),
        new("new_bytes", r => r.NewBytes.ToString()), new("database_bytes", r => r.DatabaseBytes.ToString()), new("has_key", r => r.HasKey ? "true" : "false"),
        new("damaged", r => string.Join(' ', r.Damaged)),
    ];
}
