using System.CommandLine;
using Itra.Cli.Output;
using Itra.Tracking.Postgres;

namespace Itra.Cli.Commands;

internal static class DbCommand
{
    public static Command Create(Session session) => new("db", "Looks after the database that the events are in.") { Status(session), Migrate(session), Grant(session) };

    private static Command Status(Session session)
    {
        var json = Reading.JsonOption();
        var command = new Command("status", "Versions, sizes, counts, rights, and what a migration would do. Changes nothing.") { json };
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var database = session.OpenDatabase();
            if (!database.Exists)
            {
                session.Terminal.Error.WriteLine("itra: there is no database yet; the first run makes it");
                return ExitCode.Done;
            }
            var status = await StoreStatus.ReadAsync(database, cancellation);
            var answer = new Answer(session.Terminal, parsed.GetValue(json));
            if (answer.IsJson) answer.Json(status);
            else answer.Rows(Lines(status), "", new Column<(string Name, string Value)>("name", l => l.Name), new Column<(string Name, string Value)>("value", l => l.Value) { Shrinks = true });
            return status.Schema > status.SchemaKnown || status.Behind > 0 ? ExitCode.Failed : ExitCode.Done;
        });
        return command;
    }

    private static Command Migrate(Session session)
    {
        var json = Reading.JsonOption();
        var command = new Command("migrate", "Brings the tables up to date. Happens by itself unless ITRA_AUTO_MIGRATE is `no`.") { json };
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var database = session.OpenDatabase();
            await database.EnsureRunningAsync(cancellation);
            var (before, after) = await Migration.RunAsync(database, cancellation);
            var answer = new Answer(session.Terminal, parsed.GetValue(json));
            if (answer.IsForPeople) session.Terminal.Out.WriteLine(before == after ? $"schema {after} is up to date" : before is null ? $"schema {after} was made" : $"schema {before} became {after}");
            else answer.Rows([new Migrated(before, after)], "", new Column<Migrated>("before", m => Form.Count(m.Before)), new Column<Migrated>("after", m => Form.Count(m.After)));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Grant(Session session)
    {
        var role = new Argument<string>("ROLE") { Description = "a role of the server that is not the owner of the tables" };
        var command = new Command("grant", "Prints SQL that lets a role record and read, and never change or delete an event. Pipe it into psql as the owner.") { role };
        command.SetAction(parsed => session.Terminal.Out.Write(RoleGrant.Sql(parsed.GetValue(role)!)));
        return command;
    }

    private sealed record Migrated(int? Before, int After);

    private static List<(string Name, string Value)> Lines(StoreStatus s) =>
    [
        ("store", s.Store), ("server", "PostgreSQL " + s.Server),
        ("account", $"{s.Account}, which {(s.MayChangeEvents ? "may change events (itra db grant: one that may not)" : "may not change events")}"),
        ("schema", $"{(s.Schema is { } there ? Form.Count(there) : "none")}; this program knows {s.SchemaKnown}{(s.Schema > s.SchemaKnown ? ": update this program" : "")}"),
        ("marten", $"{s.Marten ?? "none"}; this program has {s.MartenKnown}"), ("pending", s.Pending ?? "nothing"),
        ("streams", Form.Count(s.Streams)), ("events", Form.Count(s.Events)), ("runs", Form.Count(s.Runs)),
        ("not folded", s.Behind == 0 ? "0" : $"{Form.Count(s.Behind)} (itra rebuild)"),
        ("last seal", s.LastSeal is { } seal ? $"{Form.Count(seal)} of {Form.Moment(s.LastSealAt)}" : "none"), ("size", Form.Bytes(s.Bytes)),
        .. s.Tables.Where(t => t.Bytes > 0).Select(t => ($"  {t.Name}", Form.Bytes(t.Bytes))),
    ];
}
