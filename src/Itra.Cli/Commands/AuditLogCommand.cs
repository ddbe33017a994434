using System.CommandLine;
using System.Text.Json;
using Itra.Cli.Arguments;
using Itra.Cli.Output;
using Itra.Domain;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Trainer.Clip;

namespace Itra.Cli.Commands;

internal static class AuditLogCommand
{
    private const int Shown = 50;

    public static Command Create(Session session)
    {
        var stream = new Argument<string?>("RUN") { Description = "a run, or another stream such as leaderboard-NAME; absent: all of them", Arity = ArgumentArity.ZeroOrOne };
        var since = new Option<string?>("--since") { Description = "only what was recorded from then on: 2026-03-01, 2026-03-01T12:30, or 3d, 12h, 30m ago" };
        var until = new Option<string?>("--until") { Description = "only what was recorded before then; of a date, until its end" };
        var user = new Option<string?>("--user") { Description = "only runs that this user started, and leaderboards that they changed" };
        var type = new Option<string?>("--type") { Description = "only events of this type, such as run_registered" };
        var limit = new Option<int>("--limit") { Description = "how many, the newest", DefaultValueFactory = _ => Shown };
        var all = new Option<bool>("--all") { Description = "all of them" };
        return new Command("log", "Lists what was recorded, over all runs, the newest last.") { stream, since, until, user, type, limit, all }.Reads(session, async (store, answer, parsed, cancellation) =>
        {
            var name = parsed.GetValue(user);
            var filter = new LogFilter(
                await StreamAsync(store, parsed.GetValue(stream), cancellation),
                parsed.GetValue(since) is { } from ? PastTime.Read(from, session.Clock) : null, parsed.GetValue(until) is { } to ? PastTime.Read(to, session.Clock, endOfDay: true) : null,
                name, Type(parsed.GetValue(type)));
            if (parsed.GetValue(limit) is < 1 and var few) throw new UserErrorException($"--limit takes a number above 0, not {few}");
            var pages = store.Log.ReadAsync(filter, parsed.GetValue(all) ? null : parsed.GetValue(limit), cancellation);
            if (name is not null) await MustBeKnownAsync(store, name, cancellation);
            await answer.PagesAsync(Rows(pages), "nothing that was recorded fits", rows => answer.IsForPeople ? Columns(rows, filter.Stream is null, session.Terminal.Width) : All, cancellation);
        });
    }

    /// <summary>An event as the JSON contract has it.</summary>
    private sealed record Row(long Sequence, DateTimeOffset RecordedAt, string Stream, long Version, string Type, string? User, Guid Id, string? Hash, JsonElement Data);

    private static async IAsyncEnumerable<IReadOnlyList<Row>> Rows(IAsyncEnumerable<IReadOnlyList<LoggedEvent>> pages)
    {
        await foreach (var page in pages) yield return [.. page.Select(Of)];
    }

    private static Row Of(LoggedEvent e)
    {
        // The store orders keys by length; through the record they come as in `itra events`.
        using var data = JsonDocument.Parse(EventJson.Read(e.Type, e.Data) is { } known ? EventJson.Write(known) : e.Data);
        return new Row(e.Sequence, e.RecordedAt, e.Stream, e.Version, e.Type, e.User, e.Id, e.Hash, data.RootElement.Clone());
    }

    private static async Task<string?> StreamAsync(Reading.Store store, string? text, CancellationToken cancellation) =>
        text is null || text.StartsWith("leaderboard-", StringComparison.Ordinal) ? text : (await store.Runs.FindRunAsync(text, cancellation)).Id;

    private static string? Type(string? typed) => typed is null || AuditLog.Types.Contains(typed) ? typed
        : throw new UserErrorException($"there is no event type '{typed}'; the nearest is {Nearest.To(typed, AuditLog.Types)}");

    private static async Task MustBeKnownAsync(Reading.Store store, string user, CancellationToken cancellation)
    {
        var known = await store.Log.UsersAsync(cancellation);
        if (known.Count > 0 && !known.Contains(user)) throw new UserErrorException($"nothing was recorded by '{user}'; the nearest user is {Nearest.To(user, known)}");
    }

    private static readonly IReadOnlyList<Column<Row>> All =
    [
        new("sequence", e => e.Sequence.ToString(), IsNumber: true), new("recorded_at", e => Form.Moment(e.RecordedAt)),
        new("stream", e => e.Stream), new("version", e => e.Version.ToString(), IsNumber: true), new("type", e => e.Type), new("user", e => e.User ?? ""),
        new("gist", e => EventGist.Of(e.Type, e.Data, int.MaxValue)),
    ];

    /// <summary>For people: one line for each event, however narrow the terminal, without columns that say the same in every row.</summary>
    private static IReadOnlyList<Column<Row>> Columns(IReadOnlyList<Row> rows, bool ofAll, int width)
    {
        List<Column<Row>> columns = [new("recorded_at", e => Form.Moment(e.RecordedAt)) { Label = "recorded" }];
        if (ofAll) columns.Add(new("stream", e => e.Stream));
        columns.Add(new("version", e => e.Version.ToString(), IsNumber: true) { Label = "v" });
        if (rows.DistinctBy(r => r.User).Count() > 1) columns.Add(new("user", e => e.User ?? ""));
        const int gap = 2;
        var left = width - columns.Sum(c => gap + Math.Max(c.Label.Length, rows.Select(r => c.Text(r).Length).DefaultIfEmpty().Max())) - gap - 1;
        return [.. columns, new("what", e => $"{e.Type}: {EventGist.Of(e.Type, e.Data, Math.Max(10, left - e.Type.Length - 2))}".TrimEnd(' ', ':'))];
    }
}
