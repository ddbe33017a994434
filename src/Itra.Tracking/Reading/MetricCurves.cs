using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Reading;

/// <summary>A metric over the steps of a run, both of one length.</summary>
public sealed record MetricCurve(string RunId, string Metric, IReadOnlyList<long> Steps, IReadOnlyList<double> Values);

/// <summary>A block of metric values is not what its event vouches for.</summary>
public sealed class MetricsAlteredException(string runId, long firstStep)
    : Exception($"the metric values of {runId} from step {firstStep} are not those that were recorded: the digest in their event differs");

/// <summary>Reads the values of metrics.</summary>
public sealed class MetricCurves(TrackingDatabase database)
{
    /// <summary>Names of a run's metrics, in alphabetical order.</summary>
    public Task<IReadOnlyList<string>> NamesAsync(string runId, CancellationToken cancellation) =>
        database.QueryAsync($"select distinct metric from {MetricChunkTable.Name} where run_id = $1 order by 1", r => r.GetString(0), cancellation, runId);

    /// <summary>Every value, in the order of steps; empty if the run has no such metric.</summary>
    public async Task<MetricCurve> ReadAsync(string runId, string metric, CancellationToken cancellation)
    {
        var chunks = await database.QueryAsync(
            $"select first_step, encoding, vals, n from {MetricChunkTable.Name} where run_id = $1 and metric = $2 order by first_step",
            r => (First: r.GetInt64(0), Values: MetricCodec.Decode(r.GetInt16(1), r.GetFieldValue<byte[]>(2), r.GetInt32(3))), cancellation, runId, metric);
        return new MetricCurve(runId, metric,
            [.. chunks.SelectMany(c => c.Values.Select((_, i) => c.First + i))], [.. chunks.SelectMany(c => c.Values)]);
    }

    /// <summary>Compares all values of a run with the digests in its events.</summary>
    /// <returns>How many blocks were compared.</returns>
    /// <exception cref="MetricsAlteredException">Some values were changed, added or removed.</exception>
    public async Task<int> VerifyAsync(string runId, CancellationToken cancellation)
    {
        var stored = (await database.QueryAsync(
            $"select first_step, metric, encoding, vals, n from {MetricChunkTable.Name} where run_id = $1",
            r => (First: r.GetInt64(0), Name: r.GetString(1), Values: MetricCodec.Decode(r.GetInt16(2), r.GetFieldValue<byte[]>(3), r.GetInt32(4))), cancellation, runId))
            .ToDictionary(c => (c.First, c.Name), c => c.Values);
        var events = (await new RunReader(database).ReadEventsAsync(runId, cancellation)).Select(e => EventJson.Read(e.Type, e.Data)).OfType<MetricsLogged>().ToArray();

        foreach (var e in events)
        {
            List<double[]> columns = [];
            foreach (var series in e.Series)
                columns.Add(stored.Remove((e.FirstStep, series.Name), out var column) && column.Length == e.Count ? column : throw new MetricsAlteredException(runId, e.FirstStep));
            if (new MetricChunk(e.FirstStep, [.. e.Series.Select(s => s.Name)], columns).Digest() != e.Sha256) throw new MetricsAlteredException(runId, e.FirstStep);
        }
        return stored.Count == 0 ? events.Length : throw new MetricsAlteredException(runId, stored.Keys.Min(k => k.First));
    }
}
