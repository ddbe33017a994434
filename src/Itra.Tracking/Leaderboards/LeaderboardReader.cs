using Itra.Domain;
using Itra.Domain.Leaderboards;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Leaderboards;

/// <summary>A leaderboard as it is defined, and every earlier definition of it.</summary>
public sealed record DefinedLeaderboard(string Name, Leaderboard State, IReadOnlyList<LeaderboardDefined> Versions);

/// <summary>Rankings, and what they are made by.</summary>
/// <param name="asOf">The moment in which the store is looked at; null for now.</param>
public sealed class LeaderboardReader(TrackingDatabase database, PointInTime? asOf = null)
{
    private readonly ScoreQuery scores = new(database, asOf);

    /// <summary>The ranking under a definition, with all scores of the evaluations that stand in it.</summary>
    /// <param name="limit">How many of the best rows, at least 1; null for all.</param>
    public async Task<IReadOnlyList<LeaderboardRow>> RankAsync(
        LeaderboardDefinition definition, IReadOnlyList<ExternalRow> external, int? limit, CancellationToken cancellation)
    {
        if (limit is { } least) ArgumentOutOfRangeException.ThrowIfNegativeOrZero(least, nameof(limit));
        var runs = limit is { } count ? await new ThresholdSearch(scores, definition, count).FindAsync(cancellation) : null;
        runs ??= await scores.ContendersAsync(definition, teams: null, cancellation);
        var page = Ranking.Rank(runs, definition, external).Take(limit ?? int.MaxValue).ToList();
        var known = (await scores.RunsAsync(page.Select(r => r.RunId).OfType<string>(), cancellation)).ToDictionary(r => r.RunId);
        var verdicts = await scores.VerdictsAsync(known.Keys, cancellation);
        return await CountedAsync([.. page.Select(row => WithScores(row, known) with { Verdict = row.RunId is { } id && verdicts.TryGetValue(id, out var verdict) ? verdict : null })], definition, cancellation);
    }

    /// <summary>Every change of the first place. External rows have no part in it.</summary>
    /// <param name="versions">Of the board, in order; each holds from its time until the next one's.</param>
    public async Task<IReadOnlyList<LeaderChange>> HistoryAsync(IReadOnlyList<LeaderboardDefined> versions, CancellationToken cancellation)
    {
        List<LeaderChange> changes = [];
        for (var i = 0; i < versions.Count; i++)
        {
            var until = i + 1 < versions.Count ? versions[i + 1].At : DateTimeOffset.MaxValue;
            changes.AddRange(LeaderHistory.Of(versions[i], until, await scores.ContendersAsync(versions[i].Definition, teams: null, cancellation), changes.LastOrDefault()?.Leader));
        }
        var types = await scores.TypesAsync(changes.Select(c => (c.Cause.Stream, c.Cause.Version)), cancellation);
        return [.. changes.Select(c => c with { Cause = c.Cause with { Type = types.GetValueOrDefault((c.Cause.Stream, c.Cause.Version), c.Cause.Type) } })];
    }

    /// <summary>What there is to rank by. Reads every score: for when a ranking came out empty.</summary>
    public Task<ScoreNames> NamesAsync(CancellationToken cancellation) => scores.NamesAsync(cancellation);

    /// <summary>Every board that is defined, by name.</summary>
    public async Task<IReadOnlyList<DefinedLeaderboard>> ListAsync(CancellationToken cancellation) =>
        [.. (await EventsAsync("starts_with(e.stream_id, $1)", Leaderboard.StreamPrefix, cancellation))
            .GroupBy(e => e.Stream).Select(g => Of(g.Key[Leaderboard.StreamPrefix.Length..], [.. g.Select(e => e.Event).OfType<LeaderboardEvent>()])).Where(b => b.State.Definition is not null)
            .OrderBy(b => b.Name, StringComparer.Ordinal)];

    /// <exception cref="UserErrorException">There is no such board; the message names those there are.</exception>
    public async Task<DefinedLeaderboard> FindAsync(string name, CancellationToken cancellation) =>
        await FindOrNullAsync(name, cancellation) ?? throw new UserErrorException(await ListAsync(cancellation) is { Count: > 0 } all
            ? $"there is no leaderboard '{name}'; there are {string.Join(", ", all.Select(b => b.Name))}"
            : $"there is no leaderboard '{name}': define one with `itra leaderboard define FILE`, such as recipes/leaderboards/coco-retrieval.yaml");

    /// <summary>Null if there is none of that name.</summary>
    public async Task<DefinedLeaderboard?> FindOrNullAsync(string name, CancellationToken cancellation) =>
        Of(name, [.. (await EventsAsync("e.stream_id = $1", Leaderboard.StreamPrefix + name, cancellation)).Select(e => e.Event).OfType<LeaderboardEvent>()]) is { State.Definition: not null } board ? board : null;

    private static DefinedLeaderboard Of(string name, IReadOnlyList<LeaderboardEvent> events) =>
        new(name, events.Aggregate(Leaderboard.Undefined, (board, e) => board.Evolve(e)), [.. events.OfType<LeaderboardDefined>()]);

    private Task<IReadOnlyList<(string Stream, LeaderboardEvent? Event)>> EventsAsync(string where, string word, CancellationToken cancellation) => database.QueryAsync(
        $"select e.stream_id, e.type, e.data::text from {TrackingSchema.Name}.mt_events e where {where} and {PointInTime.OfEvents(asOf)} order by e.stream_id, e.version",
        r => (r.GetString(0), EventJson.ReadLeaderboard(r.GetString(1), r.GetString(2))), cancellation, word);

    private static LeaderboardRow WithScores(LeaderboardRow row, Dictionary<string, Contender> known)
    {
        if (row.RunId is not { } id || !known.TryGetValue(id, out var run)) return row;
        var all = new Dictionary<string, double>();
        foreach (var score in run.Scores.Where(s => s.SupersededAt is null && (s.Epoch, s.Weights) == (row.Epoch, row.Weights) && Split.Covers(row.DatasetDigest, s.DatasetDigest)))
            all[score.Metric] = score.Value;
        return row with { Scores = all };
    }

    /// <summary>Tells the first of our rows among how many evaluations its place was won.</summary>
    private async Task<IReadOnlyList<LeaderboardRow>> CountedAsync(IReadOnlyList<LeaderboardRow> page, LeaderboardDefinition definition, CancellationToken cancellation)
    {
        var first = page.ToList().FindIndex(r => !r.External);
        if (first < 0 || page[first].Selection is not { } selection) return page;
        var (metric, digest) = selection.By is { } by ? (by.Metric, by.DatasetDigest) : (definition.Score.Metrics[0], page[first].DatasetDigest.Split(',')[0]);
        var all = await scores.CountAsync(definition, metric, digest, cancellation);
        return [.. page.Select((r, i) => i == first ? r with { Selection = selection with { EvaluationsInAll = all } } : r)];
    }
}
