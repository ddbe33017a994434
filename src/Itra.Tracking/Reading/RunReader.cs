using System.Text.Json;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Leaderboards;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using Npgsql;

namespace Itra.Tracking.Reading;

/// <summary>Which runs to list; null stands for any.</summary>
public sealed record RunFilter(string? Experiment = null, RunStatus? Status = null, string? Host = null);

/// <summary>An event as it is stored. <paramref name="Data"/> is JSON in the form of <see cref="EventJson"/>.</summary>
/// <param name="Version">Place in the run, from 1.</param>
/// <param name="Type">Stored name.</param>
public sealed record StoredEvent(long Version, string Type, DateTimeOffset At, string Data)
{
    public Guid Id { get; init; }

    /// <summary>Hash of the event in the chain, in hexadecimal; null in a store from before there were any.</summary>
    public string? Hash { get; init; }
}

/// <summary>
/// What commands that only look need, with as little as possible between them and the tables: opening the event store itself would
/// take longer than they may. Where nothing was ever recorded there is nothing to see, and nothing is made.
/// </summary>
public sealed class RunReader(TrackingDatabase database)
{
    /// <summary>Runs, the last registered first.</summary>
    public async Task<IReadOnlyList<RunSummary>> ListRunsAsync(RunFilter filter, CancellationToken cancellation) =>
        await QueryAsync(
            $"""
            select data::text from {TrackingSchema.Name}.mt_doc_run_summary
            where ($1::text is null or data->>'experiment' = $1) and ($2::text is null or data->>'status' = $2) and ($3::text is null or data->>'host' = $3)
            order by data->>'registered_at' desc, id
            """,
            r => Read<RunSummary>(r.GetString(0)), cancellation,
            filter.Experiment, filter.Status is { } status ? JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString()) : null, filter.Host);

    /// <summary>The one run that <paramref name="text"/> names: an id, the beginning of one (with or without <c>run-</c>), or a name.</summary>
    /// <exception cref="UserErrorException">It names none, or several; the message lists candidates.</exception>
    public async Task<RunSummary> FindRunAsync(string text, CancellationToken cancellation) => RunSearch.Pick(text, await ListRunsAsync(new RunFilter(), cancellation));

    /// <summary>A run's events, in order.</summary>
    public async Task<IReadOnlyList<StoredEvent>> ReadEventsAsync(string runId, CancellationToken cancellation) =>
        await QueryAsync(
            $"select version, type, data::text, timestamp, id, headers->>'{EventHash.Header}' from {TrackingSchema.Name}.mt_events where stream_id = $1 order by version",
            r => Stored(r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetFieldValue<DateTimeOffset>(3)) with { Id = r.GetGuid(4), Hash = r.IsDBNull(5) ? null : r.GetString(5) },
            cancellation, runId);

    /// <summary>The events of one type over all runs, each with its run, in the order of recording.</summary>
    public async Task<IReadOnlyList<(string RunId, T Event)>> ReadEventsAsync<T>(CancellationToken cancellation)
        where T : RunEvent => await QueryAsync(
            $"select stream_id, data::text from {TrackingSchema.Name}.mt_events where type = $1 order by seq_id",
            r => (r.GetString(0), Read<T>(r.GetString(1))), cancellation, TrackingRegistration.Events.First(e => e.Value == typeof(T)).Key);

    /// <summary>The ranking under a definition.</summary>
    public async Task<IReadOnlyList<LeaderboardRow>> LeaderboardAsync(LeaderboardDefinition definition, CancellationToken cancellation) =>
        Ranking.Rank(
            await QueryAsync($"select data::text from {TrackingSchema.Name}.mt_doc_leaderboard_entry", r => Read<LeaderboardEntry>(r.GetString(0)), cancellation),
            definition);

    private static StoredEvent Stored(long version, string type, string json, DateTimeOffset storedAt) =>
        // jsonb orders keys by length: through the record they come in the order of the vocabulary.
        EventJson.Read(type, json) is { } e ? new(version, type, e.At, EventJson.Write(e)) : new(version, type, storedAt, json);

    private static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, EventJson.Options)!;

    private async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params string?[] parameters) =>
        await database.QueryAsync(sql, read, cancellation, parameters);
}
