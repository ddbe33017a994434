using System.Text.Json;
using Itra.Domain;
using Itra.Domain.Leaderboards;
using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Leaderboards;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using Npgsql;

namespace Itra.Tracking.Reading;

/// <summary>Which runs to list; null stands for any.</summary>
/// <param name="Limit">At most so many, the last registered ones.</param>
public sealed record RunFilter(string? Experiment = null, RunStatus? Status = null, string? Host = null, int? Limit = null);

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
/// <param name="asOf">The moment in which the store is looked at; null for now.</param>
public sealed class RunReader(TrackingDatabase database, PointInTime? asOf = null)
{
    /// <summary>Runs, the last registered first.</summary>
    public Task<IReadOnlyList<RunSummary>> ListRunsAsync(RunFilter filter, CancellationToken cancellation) => new RunPages(database, asOf).ListAsync(filter, cancellation);

    /// <summary>The one run that <paramref name="text"/> names: an id, the beginning of one (with or without <c>run-</c>), or a name.</summary>
    /// <exception cref="UserErrorException">It names none, or several; the message lists candidates.</exception>
    public Task<RunSummary> FindRunAsync(string text, CancellationToken cancellation) => new RunPages(database, asOf).FindAsync(text, cancellation);

    /// <summary>A run's events, in order.</summary>
    public async Task<IReadOnlyList<StoredEvent>> ReadEventsAsync(string runId, CancellationToken cancellation) =>
        await QueryAsync(
            $"select version, type, data::text, timestamp, id, headers->>'{EventHash.Header}' from {TrackingSchema.Name}.mt_events e where stream_id = $1 and {Then} order by version",
            r => Stored(r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetFieldValue<DateTimeOffset>(3)) with { Id = r.GetGuid(4), Hash = r.IsDBNull(5) ? null : r.GetString(5) },
            cancellation, runId);

    /// <summary>The events of one type over all runs, each with its run and its place there, in the order of recording.</summary>
    public async Task<IReadOnlyList<(string RunId, long Version, T Event)>> ReadEventsAsync<T>(CancellationToken cancellation)
        where T : RunEvent => await QueryAsync(
            $"select stream_id, version, data::text from {TrackingSchema.Name}.mt_events e where type = $1 and {Then} order by seq_id",
            r => (r.GetString(0), r.GetInt64(1), Read<T>(r.GetString(2))), cancellation, TrackingRegistration.Events.First(e => e.Value == typeof(T)).Key);

    /// <summary>The whole ranking under a definition.</summary>
    public Task<IReadOnlyList<LeaderboardRow>> LeaderboardAsync(LeaderboardDefinition definition, CancellationToken cancellation) =>
        new LeaderboardReader(database, asOf).RankAsync(definition, [], limit: null, cancellation);

    private string Then => PointInTime.OfEvents(asOf);

    private static StoredEvent Stored(long version, string type, string json, DateTimeOffset storedAt) =>
        // jsonb orders keys by length: through the record they come in the order of the vocabulary.
        EventJson.Read(type, json) is { } e ? new(version, type, e.At, EventJson.Write(e)) : new(version, type, storedAt, json);

    private static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, EventJson.Options)!;

    private async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params string?[] parameters) =>
        await database.QueryAsync(sql, read, cancellation, parameters);
}
