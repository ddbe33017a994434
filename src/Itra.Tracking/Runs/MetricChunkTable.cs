using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Marten;

namespace Itra.Tracking.Runs;

/// <summary>The table beside the events that holds the values of metrics, one row per metric and chunk.</summary>
internal static class MetricChunkTable
{
    public const string Name = TrackingSchema.Name + ".metric_chunk";

    /// <summary>Adds the rows to what the session will save, so that they and the event that vouches for them are stored together or not at all.</summary>
    public static void Insert(IDocumentOperations session, string runId, MetricChunk chunk)
    {
        for (var i = 0; i < chunk.Names.Count; i++)
        {
            session.QueueSqlCommand(
                $"insert into {Name} (run_id, metric, first_step, n, encoding, vals) values (?, ?, ?, ?, ?, ?)",
                runId, StorableText.Of(chunk.Names[i]), chunk.FirstStep, chunk.Count, MetricCodec.ShuffledZlib, MetricCodec.Encode(chunk.Values[i]));
        }
    }
}
