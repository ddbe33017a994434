using System.Globalization;
using System.Runtime.CompilerServices;
using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;
using Npgsql;

namespace Itra.Tracking.Reading;

/// <summary>Which events to list; null stands for any.</summary>
/// <param name="Stream">A run's id, or another stream's.</param>
/// <param name="Since">First time of recording that counts.</param>
/// <param name="Until">First time of recording that no longer counts.</param>
/// <param name="User">Who started the run, or changed the leaderboard.</param>
/// <param name="Type">Stored name.</param>
public sealed record LogFilter(string? Stream = null, DateTimeOffset? Since = null, DateTimeOffset? Until = null, string? User = null, string? Type = null);

/// <summary>An event among those of all streams.</summary>
/// <param name="Sequence">Place among all of them; places may be missing where a transaction failed.</param>
/// <param name="RecordedAt">When it was stored, by the clock of the machine that did.</param>
/// <param name="User">Who started the run, or changed the leaderboard.</param>
/// <param name="Hash">In the chain, in hexadecimal; null in a store from before there were any.</param>
/// <param name="Data">JSON as it is stored.</param>
public sealed record LoggedEvent(long Sequence, string Stream, long Version, string Type, DateTimeOffset RecordedAt, string? User, Guid Id, string? Hash, string Data);

/// <summary>The events of all streams, in the order of recording.</summary>
/// <param name="asOf">The moment in which the store is looked at; null for now.</param>
public sealed class AuditLog(TrackingDatabase database, PointInTime? asOf = null)
{
    private const int Page = 2000;

    private const string Boards = "'leaderboard_defined', 'external_rows_added'";

    private const string From = $"from {EventIndexes.Table} e";

    // A null text is a constant to the planner, so that what does not filter costs nothing; a time, which depends on the session's zone, would not be.
    private const string Matching = $"""
        where e.stream_id <> '{ChainTable.Tombstones}' and ($1::text is null or e.stream_id = $1)
            and ($2::text is null or e.timestamp >= $2::timestamptz) and ($3::text is null or e.timestamp < $3::timestamptz)
            and ($4::text is null or e.stream_id in (
                select stream_id from {EventIndexes.Table} where type = 'run_registered' and data->'provenance'->>'user' = $4
                union all select stream_id from {EventIndexes.Table} where type in ({Boards}) and data->>'by' = $4))
            and ($4::text is null or e.type not in ({Boards}) or e.data->>'by' = $4)
            and ($5::text is null or e.type = $5)
        """;

    /// <summary>Every stored name that there is.</summary>
    public static IEnumerable<string> Types => TrackingRegistration.Events.Keys.Concat(TrackingRegistration.LeaderboardEvents.Keys);

    /// <summary>Who has started runs or changed leaderboards, in alphabetical order.</summary>
    public Task<IReadOnlyList<string>> UsersAsync(CancellationToken cancellation) => database.QueryAsync(
        // From one name to the next, instead of through all runs.
        $"""
        with recursive users(name) as (
            (select data->'provenance'->>'user' from {EventIndexes.Table} where type = 'run_registered' order by 1 limit 1)
            union all
            select (select data->'provenance'->>'user' from {EventIndexes.Table} where type = 'run_registered' and data->'provenance'->>'user' > users.name order by 1 limit 1)
            from users where users.name is not null)
        select name from users where name is not null
        union select data->>'by' from {EventIndexes.Table} where type in ({Boards})
        order by 1
        """,
        r => r.GetString(0), cancellation);

    /// <summary>The last events that match, page by page, the newest last.</summary>
    /// <param name="last">How many; null for all of them.</param>
    public async IAsyncEnumerable<IReadOnlyList<LoggedEvent>> ReadAsync(LogFilter filter, int? last, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string?[] asked = [filter.Stream, Text(filter.Since), Text(filter.Until), filter.User, filter.Type];
        var from = last is null ? null : await StartAsync(asked, last.Value, cancellation);
        while (true)
        {
            var page = await database.QueryAsync(
                $"""
                select e.seq_id, e.stream_id, e.version, e.type, e.timestamp, e.id, e.headers->>'{EventHash.Header}', e.data::text,
                    coalesce(e.data->>'by', registration.name)
                {From} left join lateral (
                    select r.data->'provenance'->>'user' as name from {EventIndexes.Table} r where r.stream_id = e.stream_id and r.version = 1) registration on true
                {Matching} and {Then} and ($6::text is null or (e.timestamp, e.seq_id) >= ($6::timestamptz, $7::bigint))
                order by e.timestamp, e.seq_id limit {Page}
                """,
                Read, cancellation, [.. asked, Text(from?.At), from?.Sequence.ToString(CultureInfo.InvariantCulture)]);
            if (page.Count > 0) yield return page;
            if (page.Count < Page) yield break;
            from = new Place(page[^1].RecordedAt, page[^1].Sequence + 1);
        }
    }

    private string Then => PointInTime.OfEvents(asOf);

    private sealed record Place(DateTimeOffset At, long Sequence);

    /// <summary>Where the last so many begin; null if there are fewer.</summary>
    private async Task<Place?> StartAsync(string?[] asked, int last, CancellationToken cancellation) =>
        (await database.QueryAsync(
            $"select e.timestamp, e.seq_id {From} {Matching} and {Then} order by e.timestamp desc, e.seq_id desc offset {last - 1} limit 1",
            r => new Place(r.GetFieldValue<DateTimeOffset>(0), r.GetInt64(1)), cancellation, asked)) is [var start, ..] ? start : null;

    private static LoggedEvent Read(NpgsqlDataReader r) => new(
        r.GetInt64(0), r.GetString(1), r.GetInt64(2), r.GetString(3), r.GetFieldValue<DateTimeOffset>(4), r.IsDBNull(8) ? null : r.GetString(8),
        r.GetGuid(5), r.IsDBNull(6) ? null : r.GetString(6), r.GetString(7));

    private static string? Text(DateTimeOffset? at) => at?.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture);
}
