using Itra.Tracking.Postgres;
using Npgsql;

namespace Itra.Tracking.Audit;

/// <summary>Gives hashes to the events of a store from before there were any. What was changed until then cannot be seen afterwards.</summary>
internal static class ChainAdoption
{
    /// <summary>All of them or none; a stream that has hashes is left alone.</summary>
    public static async Task RunAsync(NpgsqlDataSource source, CancellationToken cancellation)
    {
        await using var events = await source.OpenConnectionAsync(cancellation);
        await using var connection = await source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await ExecuteAsync(connection, "create temp table adopted (stream_id text, version bigint, hash bytea) on commit drop", cancellation);
        await CopyAsync(events, connection, cancellation);
        await ExecuteAsync(connection, $$"""
            update {{TrackingSchema.Name}}.mt_events e
                set headers = coalesce(e.headers, '{}') || jsonb_build_object('{{EventHash.Header}}', encode(a.hash, 'hex'))
                from adopted a where a.stream_id = e.stream_id and a.version = e.version;
            insert into {{ChainTable.Name}} (stream_id, version, hash)
                select distinct on (stream_id) stream_id, version, hash from adopted order by stream_id, version desc;
            """, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private static async Task CopyAsync(NpgsqlConnection from, NpgsqlConnection to, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"{ChainedEvent.Query} and stream_id not in (select stream_id from {ChainTable.Name}) order by stream_id, version", from) { CommandTimeout = 0 };
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        await using var copy = await to.BeginBinaryImportAsync("copy adopted (stream_id, version, hash) from stdin (format binary)", cancellation);
        var (canonical, stream, previous) = (new CanonicalJson(), "", Array.Empty<byte>());
        while (await rows.ReadAsync(cancellation))
        {
            var e = ChainedEvent.Read(rows);
            if (e.StreamId != stream) (stream, previous) = (e.StreamId, []);
            previous = e.HashAfter(previous, e.Version, canonical);
            await copy.StartRowAsync(cancellation);
            await copy.WriteAsync(e.StreamId, cancellation);
            await copy.WriteAsync(e.Version, cancellation);
            await copy.WriteAsync(previous, cancellation);
        }
        await copy.CompleteAsync(cancellation);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
