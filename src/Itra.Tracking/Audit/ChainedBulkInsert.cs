using System.Text;
using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Projections;
using Itra.Tracking.Runs;
using Npgsql;
using NpgsqlTypes;

namespace Itra.Tracking.Audit;

/// <summary>
/// Stores whole runs, many at a time and many times as fast as recording does, as recording leaves them: with hashes, heads and folded
/// documents. All of them or none.
/// </summary>
/// <param name="database">With its schema up to date.</param>
public sealed class ChainedBulkInsert(TrackingDatabase database)
{
    private const int StreamsAtOnce = 2000;

    private readonly CanonicalJson canonical = new();

    /// <param name="runs">Each with all of its events; none of them is in the store yet.</param>
    /// <returns>How many events were stored.</returns>
    public async Task<long> WriteAsync(IEnumerable<(string RunId, IReadOnlyList<RunEvent> Events)> runs, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var written = 0L;
        foreach (var batch in runs.Chunk(StreamsAtOnce))
        {
            var numbers = await SequenceAsync(connection, batch.Sum(r => r.Events.Count), cancellation);
            // Streams first: events refer to them.
            await CopyAsync(connection, $"{TrackingSchema.Name}.mt_streams (id, version, timestamp, created)", batch, async (row, r) =>
            {
                await row.WriteAsync(r.RunId, cancellation);
                await row.WriteAsync((long)r.Events.Count, cancellation);
                await row.WriteAsync(Moment(r.Events[^1]), cancellation);
                await row.WriteAsync(Moment(r.Events[0]), cancellation);
            }, cancellation);
            List<(string Id, ChainHead Head)> heads = [];
            await CopyEventsAsync(connection, batch, numbers, heads, cancellation);
            await CopyAsync(connection, $"{ChainTable.Name} (stream_id, version, hash)", heads, async (row, h) =>
            {
                await row.WriteAsync(h.Id, cancellation);
                await row.WriteAsync(h.Head.Version, cancellation);
                await row.WriteAsync(h.Head.Hash, cancellation);
            }, cancellation);
            await new FoldCopy(connection, table => table.Name).AddAsync([.. batch.Select(r => RunFold.Of(r.RunId, r.Events.Count, [.. r.Events.Select((e, i) => (i + 1L, e))]))], cancellation);
            written += numbers.Count;
        }
        await transaction.CommitAsync(cancellation);
        return written;
    }

    private async Task CopyEventsAsync(
        NpgsqlConnection connection, IEnumerable<(string RunId, IReadOnlyList<RunEvent> Events)> batch, List<long> numbers, List<(string Id, ChainHead Head)> heads, CancellationToken cancellation)
    {
        await using var copy = await connection.BeginBinaryImportAsync(
            $"copy {TrackingSchema.Name}.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, headers) from stdin (format binary)", cancellation);
        var next = 0;
        foreach (var (run, events) in batch)
        {
            var head = ChainHead.None;
            foreach (var e in events)
            {
                var (id, json, type) = (Guid.CreateVersion7(e.At), EventJson.Write(e), TrackingRegistration.NameOf(e));
                head = new ChainHead(head.Version + 1, EventHash.Of(head.Hash, run, head.Version + 1, type, id, EventHash.Microseconds(e.At), canonical.Write(Encoding.UTF8.GetBytes(json))));
                await copy.StartRowAsync(cancellation);
                await copy.WriteAsync(numbers[next++], cancellation);
                await copy.WriteAsync(id, cancellation);
                await copy.WriteAsync(run, cancellation);
                await copy.WriteAsync(head.Version, cancellation);
                await copy.WriteAsync(json, NpgsqlDbType.Jsonb, cancellation);
                await copy.WriteAsync(type, cancellation);
                await copy.WriteAsync(Moment(e), cancellation);
                await copy.WriteAsync($"{e.GetType().FullName}, {e.GetType().Assembly.GetName().Name}", cancellation);
                await copy.WriteAsync($$"""{"{{EventHash.Header}}":"{{Convert.ToHexStringLower(head.Hash)}}"}""", NpgsqlDbType.Jsonb, cancellation);
            }
            heads.Add((run, head));
        }
        await copy.CompleteAsync(cancellation);
    }

    private static async Task CopyAsync<T>(NpgsqlConnection connection, string target, IEnumerable<T> rows, Func<NpgsqlBinaryImporter, T, Task> write, CancellationToken cancellation)
    {
        await using var copy = await connection.BeginBinaryImportAsync($"copy {target} from stdin (format binary)", cancellation);
        foreach (var row in rows)
        {
            await copy.StartRowAsync(cancellation);
            await write(copy, row);
        }
        await copy.CompleteAsync(cancellation);
    }

    private static async Task<List<long>> SequenceAsync(NpgsqlConnection connection, int count, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"select nextval('{TrackingSchema.Name}.mt_events_sequence') from generate_series(1, {count})", connection);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        List<long> numbers = new(count);
        while (await rows.ReadAsync(cancellation)) numbers.Add(rows.GetInt64(0));
        return numbers;
    }

    private static DateTimeOffset Moment(RunEvent e) => EventHash.AtMicrosecond(EventHash.Microseconds(e.At));
}
