using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Retention;

/// <summary>Folds the runs of a store into what they have stored.</summary>
internal static class HoldingsReader
{
    /// <param name="runId">One run; null for all of them.</param>
    /// <returns>By run.</returns>
    public static async Task<IReadOnlyDictionary<string, RunHoldings>> ReadAsync(TrackingDatabase database, string? runId, CancellationToken cancellation)
    {
        Dictionary<string, RunHoldings> runs = [];
        // Whatever is not known to name no file is looked at: an event that is added later is not overlooked.
        await database.QueryAsync(
            $"""
            select stream_id, type, data::text from {TrackingSchema.Name}.mt_events
            where ($1::text is null or stream_id = $1) and type not in ('metrics_logged', 'samples_skipped') order by stream_id, version
            """,
            r =>
            {
                if (EventJson.Read(r.GetString(1), r.GetString(2)) is not { } e) return 0;
                if (!runs.TryGetValue(r.GetString(0), out var run)) runs.Add(r.GetString(0), run = new RunHoldings());
                run.Add(e);
                return 0;
            },
            cancellation, runId);
        return runs;
    }
}
