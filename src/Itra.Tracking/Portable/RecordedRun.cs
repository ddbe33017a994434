using System.Runtime.CompilerServices;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using Npgsql;

namespace Itra.Tracking.Portable;

/// <summary>A run in the store as it was at one moment, read as often as one likes and a page at a time. Every reading is checked.</summary>
internal sealed class RecordedRun : IAsyncDisposable
{
    private const int Page = 256;
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction moment;

    private RecordedRun(string id, RunHead head, NpgsqlConnection connection, NpgsqlTransaction moment) =>
        (Id, Head, this.connection, this.moment) = (id, head, connection, moment);

    public string Id { get; }

    public RunHead Head { get; }

    /// <exception cref="UserErrorException">There is no such run.</exception>
    public static async Task<RecordedRun> OpenAsync(TrackingDatabase database, string id, CancellationToken cancellation)
    {
        // Events of an earlier version's store have no hashes until it is brought up to date.
        await using (await TrackingStore.OpenAsync(database, cancellation))
        {
        }
        var connection = await database.OpenAsync(cancellation);
        try
        {
            var moment = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellation);
            var head = await ReadHeadAsync(connection, id, cancellation) ?? throw new UserErrorException($"there is no run '{id}'");
            return new RecordedRun(id, head, connection, moment);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public static async Task<RunHead?> ReadHeadAsync(NpgsqlConnection connection, string id, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"select version, hash from {ChainTable.Name} where stream_id = $1", connection) { Parameters = { new() { Value = id } } };
        await using var row = await command.ExecuteReaderAsync(cancellation);
        return await row.ReadAsync(cancellation) ? new RunHead(row.GetInt64(0), Convert.ToHexStringLower(row.GetFieldValue<byte[]>(1))) : null;
    }

    /// <summary>All lines in order, each with the event in it, if there is one.</summary>
    /// <exception cref="UserErrorException">The run was changed since it was recorded.</exception>
    public async IAsyncEnumerable<(RunLine Line, RunEvent? Event)> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var (check, attempt) = (new RunCheck(Id), 0);
        while (true)
        {
            var page = await ReadPageAsync(check.Head.Version, cancellation);
            if (page.Count == 0) break;
            foreach (var line in page)
            {
                var told = Checked(() => check.Next(line));
                yield return (line, told);
                if (told is RunResumed) attempt++;
                if (told is not MetricsLogged logged) continue;
                foreach (var values in await ReadValuesAsync(logged, attempt, cancellation))
                    yield return (values, Checked(() => check.Next(values)));
            }
        }
        Checked(() =>
        {
            check.End(Head);
            return true;
        });
    }

    public async ValueTask DisposeAsync()
    {
        await moment.DisposeAsync();
        await connection.DisposeAsync();
    }

    private async Task<List<EventLine>> ReadPageAsync(long after, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            $"select version, type, id, timestamp, headers->>'{EventHash.Header}', data::text from {TrackingSchema.Name}.mt_events where stream_id = $1 and version > $2 order by version limit {Page}",
            connection) { Parameters = { new() { Value = Id }, new() { Value = after } } };
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        List<EventLine> page = [];
        while (await rows.ReadAsync(cancellation))
            page.Add(new EventLine(
                rows.GetInt64(0), rows.GetString(1), rows.GetGuid(2), rows.GetFieldValue<DateTimeOffset>(3), rows.IsDBNull(4) ? "" : rows.GetString(4), rows.GetString(5)));
        return page;
    }

    private async Task<List<MetricLine>> ReadValuesAsync(MetricsLogged logged, int attempt, CancellationToken cancellation)
    {
        string[] names = [.. logged.Series.Select(s => s.Name)];
        if (names.Length == 0) return [];
        // Named one by one, so that the table's key finds them: another index is not worth its room.
        await using var command = new NpgsqlCommand(
            $"select metric, attempt, first_step, n, encoding, vals from {MetricChunkTable.Name} where run_id = $1 and attempt = $2 and first_step = $3 and metric in ({string.Join(", ", names.Select((_, i) => $"${i + 4}"))})",
            connection) { Parameters = { new() { Value = Id }, new() { Value = attempt }, new() { Value = logged.FirstStep } } };
        foreach (var name in names) command.Parameters.Add(new NpgsqlParameter { Value = name });
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        List<MetricLine> values = [];
        while (await rows.ReadAsync(cancellation))
            values.Add(new MetricLine(rows.GetString(0), rows.GetInt32(1), rows.GetInt64(2), rows.GetInt32(3), rows.GetInt16(4), rows.GetFieldValue<byte[]>(5)));
        return [.. values.OrderBy(v => Array.IndexOf(names, v.Metric))];
    }

    private T Checked<T>(Func<T> check)
    {
        try
        {
            return check();
        }
        catch (ChainBrokenException e)
        {
            throw new UserErrorException($"{Id} was changed since it was recorded, and cannot be exported: {e.Message}; `itra audit verify {Id}` says more", e);
        }
    }
}
