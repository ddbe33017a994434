using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace Itra.Tracking.Portable.Imports;

/// <summary>Puts a run into the tables as it was, a batch at a time, in a transaction that is somebody else's to commit.</summary>
internal sealed class RunInsert(NpgsqlConnection connection, IDocumentSession session, RunFileHeader header)
{
    private const int BatchBytes = 4 << 20;
    private readonly List<EventLine> events = [];
    private readonly List<MetricLine> values = [];
    private readonly RunProjections projections = new(session);
    private DateTimeOffset first, last;
    private long bytes;

    public async Task AddAsync(RunLine line, RunEvent? told, CancellationToken cancellation)
    {
        if (line is MetricLine column) values.Add(column);
        if (line is EventLine e)
        {
            events.Add(e);
            if (e.Version == 1) first = e.Timestamp;
            last = e.Timestamp;
        }
        if (told is not null && line is EventLine { Version: var version }) projections.Add(version, told);
        bytes += line switch { EventLine e2 => e2.Data.Length, MetricLine m => m.Vals.Length, _ => 0 };
        if (bytes >= BatchBytes) await FlushAsync(cancellation);
    }

    public async Task EndAsync(CancellationToken cancellation)
    {
        await FlushAsync(cancellation);
        projections.End();
        await session.SaveChangesAsync(cancellation);
        await ExecuteAsync(
            $"update {TrackingSchema.Name}.mt_streams set created = $2, timestamp = $3 where id = $1", cancellation, header.Run, first, last);
        await ExecuteAsync(
            $"insert into {ChainTable.Name} (stream_id, version, hash) values ($1, $2, $3)", cancellation, header.Run, header.Head.Version, Convert.FromHexString(header.Head.Hash));
    }

    public Task BeginAsync(CancellationToken cancellation) =>
        ExecuteAsync($"insert into {TrackingSchema.Name}.mt_streams (id, version) values ($1, $2)", cancellation, header.Run, header.Head.Version);

    private async Task FlushAsync(CancellationToken cancellation)
    {
        var places = await ReserveAsync(events.Count, cancellation);
        await using (var copy = await connection.BeginBinaryImportAsync(
            $"copy {TrackingSchema.Name}.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, headers) from stdin (format binary)", cancellation))
        {
            foreach (var (e, place) in events.Zip(places))
            {
                var type = TrackingRegistration.Events[e.Type];
                await copy.StartRowAsync(cancellation);
                await copy.WriteAsync(place, cancellation);
                await copy.WriteAsync(e.Id, cancellation);
                await copy.WriteAsync(header.Run, cancellation);
                await copy.WriteAsync(e.Version, cancellation);
                await copy.WriteAsync(e.Data, NpgsqlDbType.Jsonb, cancellation);
                await copy.WriteAsync(e.Type, cancellation);
                await copy.WriteAsync(e.Timestamp, cancellation);
                await copy.WriteAsync($"{type.FullName}, {type.Assembly.GetName().Name}", cancellation);
                await copy.WriteAsync($$"""{"{{EventHash.Header}}": "{{e.Hash}}"}""", NpgsqlDbType.Jsonb, cancellation);
            }
            await copy.CompleteAsync(cancellation);
        }
        await using (var copy = await connection.BeginBinaryImportAsync(
            $"copy {MetricChunkTable.Name} (run_id, metric, attempt, first_step, n, encoding, vals) from stdin (format binary)", cancellation))
        {
            foreach (var m in values)
            {
                await copy.StartRowAsync(cancellation);
                await copy.WriteAsync(header.Run, cancellation);
                await copy.WriteAsync(m.Metric, cancellation);
                await copy.WriteAsync(m.Attempt, cancellation);
                await copy.WriteAsync(m.FirstStep, cancellation);
                await copy.WriteAsync(m.N, cancellation);
                await copy.WriteAsync(m.Encoding, cancellation);
                await copy.WriteAsync(m.Vals, cancellation);
            }
            await copy.CompleteAsync(cancellation);
        }
        events.Clear();
        values.Clear();
        bytes = 0;
    }

    /// <summary>Places in the order over all runs.</summary>
    private async Task<List<long>> ReserveAsync(int count, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"select nextval('{TrackingSchema.Name}.mt_events_sequence') from generate_series(1, $1)", connection) { Parameters = { new() { Value = count } } };
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        List<long> places = [];
        while (await rows.ReadAsync(cancellation)) places.Add(rows.GetInt64(0));
        return places;
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellation, params object[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
