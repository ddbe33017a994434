using System.CommandLine;
using Itra.Cli.Output;
using Itra.Domain;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Audit;
using Itra.Tracking.Reading;

namespace Itra.Cli.Commands;

internal static class AuditSealCommand
{
    /// <summary>What is answered: the last seal, whether this command made it, and where it went.</summary>
    private sealed record Sealed(bool New, Seal Seal, string? Exported, DateTimeOffset? LockedUntil);

    public static Command Create(Session session)
    {
        var to = new Option<string?>("--to") { Description = "also put the last seal into this file, or into the bucket of ITRA_S3_* with `s3`" };
        var json = Reading.JsonOption();
        var command = new Command("seal", "Signs the state of all runs, so that no change to what was recorded until now stays unseen.") { to, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            await using var database = session.OpenDatabase();
            await Reading.CloseOrphansAsync(new RunReader(database), session, cancellation);
            var ledger = new Ledger(database, session.Home, session.Clock);
            var made = await ledger.SealAsync(cancellation);
            var seal = made ?? await ledger.LastAsync(cancellation) ?? throw new UserErrorException("nothing has been recorded yet: 'itra demo' or 'itra train' records a run");
            var exported = parsed.GetValue(to) is { } place ? await ExportAsync(seal, place, session, cancellation) : null;
            Write(new Sealed(made is not null, seal, exported?.Location, exported?.LockedUntil), new Answer(session.Terminal, parsed.GetValue(json)), session.Terminal);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<ExportedSeal> ExportAsync(Seal seal, string place, Session session, CancellationToken cancellation)
    {
        if (place != "s3") return await SealExport.ToFileAsync(seal, place, cancellation);
        var settings = S3Settings.Read(session.Variable) ?? throw new UserErrorException("there is no S3 server to put a seal on: set ITRA_S3_ENDPOINT, ITRA_S3_ACCESS_KEY and ITRA_S3_SECRET_KEY, or name a file");
        return await new SealBucket(settings, session.Clock).PutAsync(seal, cancellation);
    }

    private static void Write(Sealed outcome, Answer answer, Terminal terminal)
    {
        if (!answer.IsForPeople)
        {
            answer.Rows([outcome], "", Columns);
            return;
        }
        var seal = outcome.Seal;
        terminal.Out.WriteLine(outcome.New
            ? $"seal {seal.Number}: {Form.Count(seal.Events)} events of {Form.Count(seal.Streams)} streams, hash {seal.Hash}"
            : $"nothing was recorded since seal {seal.Number} of {Form.Moment(seal.At)}; its hash is {seal.Hash}");
        if (outcome.Exported is { } exported)
            terminal.Out.WriteLine($"written to {exported}{(outcome.LockedUntil is { } until ? $", locked until {Form.Moment(until)}" : "; not locked: whoever may write there may replace it")}");
    }

    private static readonly IReadOnlyList<Column<Sealed>> Columns =
    [
        new("new", s => s.New ? "true" : "false"), new("number", s => Form.Count(s.Seal.Number), IsNumber: true), new("at", s => Form.Moment(s.Seal.At)),
        new("streams", s => Form.Count(s.Seal.Streams), IsNumber: true), new("events", s => Form.Count(s.Seal.Events), IsNumber: true), new("hash", s => s.Seal.Hash),
        new("exported", s => s.Exported ?? ""), new("locked_until", s => Form.Moment(s.LockedUntil)),
    ];
}
