using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Marten;

namespace Itra.Tracking.Runs;

/// <summary>The table beside the events that holds the values of metrics, one row per metric and chunk.</summary>
internal static class MetricChunkTable
{
    public const string Name = TrackingSchema.Name + ".metric_chunk";

    /// <summary>The table, and what it lacks where an earlier version made it.</summary>
    public const string Sql = $"""
        create table if not exists {Name} (
            run_id text not null,
            metric text not null,
            first_step bigint not null,
            n integer not null,
            encoding smallint not null,
            vals bytea not null,
            attempt integer not null default 0,
            primary key (run_id, metric, attempt, first_step));
        alter table {Name} alter column vals set storage external;
        alter table {Name} add column if not exists attempt integer not null default 0;
        alter table {Name} drop constraint metric_chunk_pkey, add primary key (run_id, metric, attempt, first_step);
        """;

    /// <summary>Adds the rows to what the session will save, so that they and the event that vouches for them are stored together or not at all.</summary>
    /// <param name="attempt">How often the run had been resumed: a resumed run may log steps again that an earlier attempt had logged.</param>
    public static void Insert(IDocumentOperations session, string runId, int attempt, MetricChunk chunk)
    {
        for (var i = 0; i < chunk.Names.Count; i++)
        {
            session.QueueSqlCommand(
                $"insert into {Name} (run_id, metric, attempt, first_step, n, encoding, vals) values (?, ?, ?, ?, ?, ?, ?)",
                runId, StorableText.Of(chunk.Names[i]), attempt, chunk.FirstStep, chunk.Count, MetricCodec.ShuffledZlib, MetricCodec.Encode(chunk.Values[i]));
        }
    }
}
