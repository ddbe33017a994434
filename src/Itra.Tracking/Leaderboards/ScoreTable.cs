using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using Marten;

namespace Itra.Tracking.Leaderboards;

/// <summary>
/// Every score there is, one row per run, evaluation and metric, so that any ranking is a question to one table. An evaluation that a
/// resumption took back stays, marked, for the past and for the count of evaluations.
/// </summary>
internal static class ScoreTable
{
    public const string Name = TrackingSchema.Name + ".score";

    public const string Columns = "run_id, version, metric, at, epoch, experiment, dataset, dataset_digest, weights, value, superseded_at, superseded_by";

    public const string Sql = $"""
        create table if not exists {Name} (
            run_id text not null,
            version bigint not null,
            metric text not null,
            at timestamptz not null,
            epoch integer not null,
            experiment text not null,
            dataset text not null,
            dataset_digest text not null,
            weights text not null,
            value double precision not null,
            superseded_at timestamptz,
            superseded_by bigint,
            primary key (run_id, version, dataset, metric));
        {Indexes}
        """;

    public const string Indexes = $"""
        create index if not exists score_by_value on {Name} (metric, value);
        create index if not exists score_by_experiment on {Name} (metric, experiment, value);
        create index if not exists score_by_split on {Name} (metric, dataset, dataset_digest, value);
        """;

    /// <summary>Adds the rows of an event, or what a resumption does to earlier ones, to what the session will save.</summary>
    public static void Record(IDocumentOperations session, string runId, long version, RunEvent e)
    {
        foreach (var set in ScoreRows.Of(runId, version, e).GroupBy(r => r.Dataset)) Insert(session, [.. set]);
        if (e is RunResumed back)
        {
            session.QueueSqlCommand(
                $"update {Name} set superseded_at = ?, superseded_by = ? where run_id = ? and epoch > ? and superseded_at is null",
                e.At.ToUniversalTime(), version, runId, back.Epoch);
        }
    }

    private static void Insert(IDocumentOperations session, IReadOnlyList<ScoreRow> rows)
    {
        var first = rows[0];
        session.QueueSqlCommand(
            $"""
            insert into {Name} (run_id, version, at, epoch, dataset, dataset_digest, weights, experiment, metric, value)
            select spec.run_id, ?, ?, ?, ?, ?, ?, spec.experiment, score.metric, score.value
            from {RunSpecTable.Name} spec, unnest(?, ?) as score (metric, value) where spec.run_id = ?
            """,
            first.Version, first.At.ToUniversalTime(), first.Epoch, first.Dataset, first.DatasetDigest, first.Weights,
            rows.Select(r => r.Metric).ToArray(), rows.Select(r => r.Value).ToArray(), first.RunId);
    }
}
