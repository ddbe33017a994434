using System.Text.Json;
using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Reading;

/// <summary>
/// Summaries of runs, the last registered first. For now they are read as they are kept; for the past the runs are picked first, and
/// only their events are folded.
/// </summary>
internal sealed class RunPages(TrackingDatabase database, PointInTime? asOf)
{
    private const string NewestFirst = "s.registered_at desc, s.run_id";

    public async Task<IReadOnlyList<RunSummary>> ListAsync(RunFilter filter, CancellationToken cancellation)
    {
        // What a run came to by then is known once it is folded.
        var later = asOf is not null && (filter.Status is not null || filter.Host is not null);
        List<string> conditions = [];
        if (filter.Experiment is not null) conditions.Add("s.experiment = $1");
        if (filter.Status is { } status && !later) conditions.Add(Is(status));
        if (filter.Host is not null && !later) conditions.Add("d.data->>'host' = $2");
        var runs = await PageAsync(All(conditions), NewestFirst, later ? null : filter.Limit, cancellation, filter.Experiment, filter.Host);
        return later ? [.. runs.Where(r => (filter.Status ?? r.Status, filter.Host ?? r.Host) == (r.Status, r.Host)).Take(filter.Limit ?? int.MaxValue)] : runs;
    }

    public async Task<RunSummary> FindAsync(string text, CancellationToken cancellation)
    {
        const string Search = "(s.run_id = $1 or s.name = $1 or s.run_id like $2 or s.run_id like $3)";
        var beginning = text.Replace(@"\", @"\\").Replace("%", @"\%").Replace("_", @"\_") + "%";
        string?[] words = text.Length > 0 ? [text, beginning, RunId.Prefix + beginning] : [text, null, null];
        var found = await PageAsync(Search, "s.run_id = $1 desc, " + NewestFirst, RunSearch.Listed + 1, cancellation, words);
        if (found.Count == 1 || (found.Count > 1 && found[0].Id == text)) return found[0];
        if (found.Count == 0) throw RunSearch.None(text, await ListAsync(new RunFilter(Limit: RunSearch.Listed), cancellation), await CountAsync("true", cancellation));
        throw RunSearch.Several(text, found, await CountAsync(Search, cancellation, words));
    }

    private async Task<IReadOnlyList<RunSummary>> PageAsync(string where, string order, int? limit, CancellationToken cancellation, params string?[] parameters)
    {
        var end = $"where {where} and {There} order by {order}{(limit is { } n ? $" limit {n}" : "")}";
        if (asOf is null)
        {
            return await database.QueryAsync(
                $"select d.data::text from {RunSpecTable.Name} s join {TrackingSchema.Name}.mt_doc_run_summary d on d.id = s.run_id {end}",
                r => JsonSerializer.Deserialize<RunSummary>(r.GetString(0), EventJson.Options)!, cancellation, parameters);
        }
        var ids = await database.QueryAsync($"select s.run_id from {RunSpecTable.Name} s {end}", r => r.GetString(0), cancellation, parameters);
        var events = (await database.QueryAsync(
            $"""
            select stream_id, type, data::text from {TrackingSchema.Name}.mt_events e
            where stream_id = any (string_to_array($1, ' ')) and {PointInTime.OfEvents(asOf)} order by stream_id, version
            """, r => (Run: r.GetString(0), Event: EventJson.Read(r.GetString(1), r.GetString(2))), cancellation, string.Join(' ', ids))).ToLookup(e => e.Run, e => e.Event);
        return [.. ids.Select(id => events[id].OfType<RunEvent>().Aggregate((RunSummary?)null, RunSummary.Fold)).OfType<RunSummary>()];
    }

    private async Task<long> CountAsync(string where, CancellationToken cancellation, params string?[] parameters) =>
        await database.QueryAsync($"select count(*) from {RunSpecTable.Name} s where {where} and {There}", r => r.GetInt64(0), cancellation, parameters) is [var count] ? count : 0;

    private string There => asOf?.Covers("s.run_id", "1", "s.registered_at") ?? "true";

    // As a literal, because the index over running ones is found by it.
    private static string Is(RunStatus status) => $"d.data->>'status' = '{JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString())}'";

    private static string All(List<string> conditions) => conditions.Count > 0 ? string.Join(" and ", conditions) : "true";
}
