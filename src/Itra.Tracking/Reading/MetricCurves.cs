using System.Text.Json;
using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Reading;

/// <summary>A metric over the steps of a run, both of one length.</summary>
public sealed record MetricCurve(string RunId, string Metric, IReadOnlyList<long> Steps, IReadOnlyList<double> Values);

/// <summary>A block of metric values is not what its event vouches for.</summary>
public sealed class MetricsAlteredException(string runId, string what) : Exception($"{runId}: {what}");

/// <summary>Reads the values of metrics.</summary>
/// <param name="asOf">The moment in which the store is looked at; null for now.</param>
public sealed class MetricCurves(TrackingDatabase database, PointInTime? asOf = null)
{
    /// <summary>Names of a run's metrics, in alphabetical order.</summary>
    public Task<IReadOnlyList<string>> NamesAsync(string runId, CancellationToken cancellation) =>
        database.QueryAsync($"select distinct metric from {MetricChunkTable.Name} c where run_id = $1 and {Then} order by 1", r => r.GetString(0), cancellation, runId);

    /// <summary>
    /// Every value that counts, in the order of steps; empty if the run has no such metric. Values that a resumption superseded are left out,
    /// and before those of a branch stand the ones of the run it was made from.
    /// </summary>
    public async Task<MetricCurve> ReadAsync(string runId, string metric, CancellationToken cancellation)
    {
        SortedDictionary<long, double> values = [];
        await GatherAsync(runId, metric, before: long.MaxValue, values, cancellation);
        return new MetricCurve(runId, metric, [.. values.Keys], [.. values.Values]);
    }

    private async Task GatherAsync(string runId, string metric, long before, SortedDictionary<long, double> values, CancellationToken cancellation)
    {
        // From the last attempt to the first: each says from which step on those before it no longer count.
        var starts = await database.QueryAsync(
            $"select coalesce(data->>'updates', '0')::bigint from {TrackingSchema.Name}.mt_events e where stream_id = $1 and type = 'run_resumed' and {PointInTime.OfEvents(asOf)} order by version",
            r => r.GetInt64(0), cancellation, runId);
        var chunks = (await database.QueryAsync(
            $"select attempt, first_step, encoding, vals, n from {MetricChunkTable.Name} c where run_id = $1 and metric = $2 and {Then}",
            r => (Attempt: r.GetInt32(0), First: r.GetInt64(1), Values: MetricCodec.Decode(r.GetInt16(2), r.GetFieldValue<byte[]>(3), r.GetInt32(4))), cancellation, runId, metric))
            .ToLookup(c => c.Attempt);
        var counting = before;
        for (var attempt = starts.Count; attempt >= 0; attempt--)
        {
            foreach (var (_, first, column) in chunks[attempt])
                for (var i = 0; i < column.Length && first + i < counting; i++) values[first + i] = column[i];
            if (attempt > 0) counting = Math.Min(counting, starts[attempt - 1]);
        }
        // A branch that started over started where it parted from the other run.
        if (await OriginAsync(runId, cancellation) is { Kind: OriginKind.Branch } origin)
            await GatherAsync(origin.RunId, metric, Math.Min(before, origin.Updates), values, cancellation);
    }

    private async Task<RunOrigin?> OriginAsync(string runId, CancellationToken cancellation) =>
        (await database.QueryAsync(
            $"select data->>'origin' from {TrackingSchema.Name}.mt_events where stream_id = $1 and version = 1 and data ? 'origin'",
            r => JsonSerializer.Deserialize<RunOrigin>(r.GetString(0), EventJson.Options), cancellation, runId)) is [{ } origin, ..] ? origin : null;

    // A chunk was there once its event was.
    private string Then => asOf is null ? "true"
        : $"exists (select 1 from {TrackingSchema.Name}.mt_events e where e.stream_id = c.run_id and e.type = 'metrics_logged' and (e.data->>'first_step')::bigint = c.first_step and {PointInTime.OfEvents(asOf)})";

    /// <summary>Compares all values of a run with the digests in its events.</summary>
    /// <returns>How many blocks were compared.</returns>
    /// <exception cref="MetricsAlteredException">Some values were changed, added or removed.</exception>
    public async Task<int> VerifyAsync(string runId, CancellationToken cancellation)
    {
        var audit = new MetricAudit();
        foreach (var e in await new RunReader(database).ReadEventsAsync(runId, cancellation))
            if (EventJson.Read(e.Type, e.Data) is { } told) audit.Add(runId, e.Version, told);
        await using var connection = await database.OpenAsync(cancellation);
        var findings = await audit.CompareAsync(connection, runId, new HashSet<string>(), cancellation);
        return findings is [var first, ..] ? throw new MetricsAlteredException(runId, first.What) : (int)audit.Blocks;
    }
}
