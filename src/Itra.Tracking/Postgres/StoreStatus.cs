using Itra.Tracking.Audit;
using Itra.Tracking.Projections;
using Npgsql;

namespace Itra.Tracking.Postgres;

/// <summary>A table and the room it takes, indexes included.</summary>
public sealed record TableSize(string Name, long Bytes);

/// <summary>How a store stands.</summary>
/// <param name="Server">PostgreSQL's version.</param>
/// <param name="Account">Who this program is to the server.</param>
/// <param name="Schema">Version of the tables; null if there are none.</param>
/// <param name="Pending">What <c>itra db migrate</c> would do; null for nothing.</param>
/// <param name="MayChangeEvents">Whether the account could change or delete what was recorded.</param>
/// <param name="Behind">Runs whose folded rows are missing; nothing is folded later than it is recorded, so that there should be none.</param>
public sealed record StoreStatus(
    string Store, string Server, string Account, int? Schema, int SchemaKnown, string? Marten, string MartenKnown, string? Pending, bool MayChangeEvents,
    long Streams, long Events, long Runs, long Behind, long? LastSeal, DateTimeOffset? LastSealAt, long Bytes, IReadOnlyList<TableSize> Tables)
{
    /// <summary>Asks the server; changes nothing, and asks a newer store for no more than its version and sizes.</summary>
    /// <exception cref="StoreUnavailableException">The server does not answer.</exception>
    public static async Task<StoreStatus> ReadAsync(TrackingDatabase database, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAnyAsync(cancellation);
        var there = await TrackingSchema.ReadAsync(connection, cancellation);
        var tables = await connection.RowsAsync(
            $"select relname::text, pg_total_relation_size(c.oid) from pg_class c where relnamespace = to_regnamespace('{TrackingSchema.Name}') and relkind = 'r' order by 2 desc, 1",
            r => new TableSize(r.GetString(0), r.GetInt64(1)), cancellation);
        var (account, mayChange) = (await connection.RowsAsync(
            $"select current_user::text, case when to_regclass('{TrackingSchema.Name}.mt_events') is null then false else has_table_privilege('{TrackingSchema.Name}.mt_events', 'update, delete, truncate') end",
            r => (r.GetString(0), r.GetBoolean(1)), cancellation))[0];
        var status = new StoreStatus(
            database.Address.Display, connection.PostgreSqlVersion.ToString(2), account, there?.Version, TrackingSchema.Version, there?.Marten, TrackingSchema.Marten, PendingOf(there),
            mayChange, 0, 0, 0, 0, null, null, tables.Sum(t => t.Bytes), tables);
        return there?.Version == TrackingSchema.Version ? await status.CountAsync(connection, cancellation) : status;
    }

    private static string? PendingOf((int Version, string Marten)? there) => there switch
    {
        null => $"make the tables of schema {TrackingSchema.Version}",
        { Version: > TrackingSchema.Version } => null,
        { Version: < TrackingSchema.Version } old => $"schema {old.Version} to {TrackingSchema.Version}",
        { } same when same.Marten != TrackingSchema.Marten => $"functions of Marten {same.Marten} to {TrackingSchema.Marten}",
        _ => null,
    };

    private async Task<StoreStatus> CountAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var (streams, events, runs, behind) = (await connection.RowsAsync(
            $"""
            select count(*), coalesce(sum(version), 0)::bigint, (select count(*) from {FoldedTable.Specs.Name}),
                (select count(*) from {FoldedTable.Specs.Name} r where not exists (select 1 from {FoldedTable.Summaries.Name} d where d.id = r.run_id))
            from {TrackingSchema.Name}.mt_streams where id <> '{ChainTable.Tombstones}'
            """, r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3)), cancellation))[0];
        var seal = await connection.RowsAsync($"select number, at from {LedgerTables.Seals} order by number desc limit 1", r => (r.GetInt64(0), r.GetFieldValue<DateTimeOffset>(1)), cancellation);
        return this with { Streams = streams, Events = events, Runs = runs, Behind = behind, LastSeal = seal is [var (number, _)] ? number : null, LastSealAt = seal is [var (_, at)] ? at : null };
    }
}
