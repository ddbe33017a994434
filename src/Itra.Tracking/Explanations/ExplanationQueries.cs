using System.Globalization;
using System.Text.Json;
using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;

namespace Itra.Tracking.Explanations;

/// <summary>Questions about all streams at once. Each stands on an index of <see cref="EventIndexes"/>.</summary>
internal sealed class ExplanationQueries(TrackingDatabase database, PointInTime? asOf)
{
    private const string Events = EventIndexes.Table;

    private string Then => PointInTime.OfEvents(asOf);

    /// <summary>How often anybody had evaluated the same split before.</summary>
    public async Task<EarlierEvaluations> EvaluationsBeforeAsync(string runId, Measurement measurement, CancellationToken cancellation) =>
        (await database.QueryAsync(
            $"""
            with measured as (select timestamp as at from {Events} where stream_id = $1 and version = $2::bigint),
            same as (
                select stream_id from {Events}, measured
                where type in ('retrieval_evaluated', 'classification_evaluated') and data->>'dataset_digest' = any(string_to_array($3, ',')) and timestamp < measured.at
                union all
                select stream_id from {Events}, measured
                where type = 'wise_ft_evaluated' and timestamp < measured.at
                    and exists (select from jsonb_each_text(data->'datasets') where value = any(string_to_array($3, ','))))
            select coalesce(sum(n), 0)::bigint, count(*) from (select count(*) as n from same group by stream_id) by_run
            """,
            r => new EarlierEvaluations(r.GetInt64(0), r.GetInt64(1)), cancellation,
            runId, measurement.Version.ToString(CultureInfo.InvariantCulture), string.Join(',', measurement.Datasets.Select(d => d.Digest))))[0];

    /// <summary>The first run that recorded a file of this digest as its checkpoint or as mixed weights; null if none did.</summary>
    public async Task<Maker?> MakerAsync(string sha256, CancellationToken cancellation) =>
        (await database.QueryAsync(
            $"""
            select stream_id, file_name, epoch from (
                select seq_id, stream_id, data->>'file_name' as file_name, data->>'epoch' as epoch from {Events} e
                where {Then} and type = 'checkpoint_saved' and data->'artifact'->>'sha256' = $1
                union all
                select seq_id, stream_id, 'wise-ft ' || (data->>'alpha'), data->>'epoch' from {Events} e
                where {Then} and type = 'wise_ft_evaluated' and data->'kept'->>'sha256' = $1) made
            order by seq_id limit 1
            """,
            r => new Maker(sha256, r.GetString(0), r.GetString(1), int.Parse(r.GetString(2), CultureInfo.InvariantCulture)), cancellation, sha256)) is [var maker, ..] ? maker : null;

    public async Task<IReadOnlyList<Descendant>> BranchesAsync(string runId, CancellationToken cancellation) =>
        await database.QueryAsync(
            $"""
            select stream_id, data->'spec'->>'name', data->'origin'->>'epoch' from {Events} e
            where {Then} and type = 'run_registered' and data->'origin'->>'run_id' = $1 and data->'origin'->>'kind' = $2 order by seq_id
            """,
            r => new Descendant(r.GetString(0), r.GetString(1), int.Parse(r.GetString(2), CultureInfo.InvariantCulture)), cancellation,
            runId, JsonNamingPolicy.SnakeCaseLower.ConvertName(OriginKind.Branch.ToString()));

    /// <summary>The first seal that covers an event; null if there is none.</summary>
    public async Task<CoveringSeal?> SealAsync(string runId, long version, CancellationToken cancellation) =>
        (await database.QueryAsync(
            $"""
            select s.number, s.at from {LedgerTables.Leaves} l join {LedgerTables.Seals} s on s.number = l.seal
            where l.stream_id = $1 and l.version >= $2::bigint and {asOf?.Sealed("s") ?? "true"} order by s.number limit 1
            """,
            r => new CoveringSeal(r.GetInt64(0), r.GetFieldValue<DateTimeOffset>(1)), cancellation, runId, version.ToString(CultureInfo.InvariantCulture))) is [var seal, ..] ? seal : null;
}
