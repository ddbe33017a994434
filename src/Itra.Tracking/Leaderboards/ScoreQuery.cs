using System.Text.Json;
using Itra.Domain.Leaderboards;
using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Leaderboards;

/// <summary>The part of the scores that a definition lets through, asked of the table.</summary>
internal sealed class ScoreQuery(TrackingDatabase database, PointInTime? asOf)
{
    private const string Rows = "s.run_id, s.version, s.metric, s.at, s.epoch, s.dataset, s.dataset_digest, s.weights, s.value";

    /// <summary>Runs with a score that counts, with the scores that the definition needs.</summary>
    /// <param name="teams">The only ones: ids of runs, or what groups of seeds are known by; null for all.</param>
    public async Task<IReadOnlyList<Contender>> ContendersAsync(LeaderboardDefinition definition, IReadOnlyCollection<string>? teams, CancellationToken cancellation)
    {
        var words = new Words();
        var which = teams is null ? "" : $"{(definition.Group == Grouping.Seeds ? "r.kin" : "s.run_id")} = any (string_to_array({words.Of(string.Join(' ', teams))}, ' ')) and ";
        return await ReadAsync($"{which}s.metric = any (string_to_array({words.Of(string.Join('\n', Needed(definition)))}, E'\\n')) and {Where(definition, words)}", words, cancellation);
    }

    /// <summary>Everything that some runs scored.</summary>
    public async Task<IReadOnlyList<Contender>> RunsAsync(IEnumerable<string> ids, CancellationToken cancellation)
    {
        var words = new Words();
        return await ReadAsync($"s.run_id = any (string_to_array({words.Of(string.Join(' ', ids))}, ' '))", words, cancellation);
    }

    /// <summary>The least and the greatest value that matters of each metric, over all runs, taken back or not; of one that was never measured, none.</summary>
    public async Task<Dictionary<string, ScoreRange>> RangesAsync(ScoreFormula formula, CancellationToken cancellation)
    {
        var matters = formula.Term.BearsInfinity ? "s.value < 'NaN'" : "s.value > '-Infinity' and s.value < 'Infinity'";
        return (await database.QueryAsync(
            $"""
            select wanted.metric, low.value, high.value from unnest(string_to_array($1, E'\n')) wanted (metric),
                lateral (select s.value from {ScoreTable.Name} s where s.metric = wanted.metric and {matters} order by s.value limit 1) low,
                lateral (select s.value from {ScoreTable.Name} s where s.metric = wanted.metric and {matters} order by s.value desc limit 1) high
            """, r => (Metric: r.GetString(0), Range: new ScoreRange(r.GetDouble(1), r.GetDouble(2))), cancellation, string.Join('\n', formula.Metrics))).ToDictionary(r => r.Metric, r => r.Range);
    }

    /// <summary>The first values of a metric that count, in the order of an index, each with its run, or with what its group is known by.</summary>
    /// <param name="fromTop">Whether the greatest come first.</param>
    public async Task<IReadOnlyList<(string Team, double Value)>> FirstAsync(LeaderboardDefinition definition, string metric, bool fromTop, int limit, CancellationToken cancellation)
    {
        IReadOnlyList<(string Dataset, string Digest)>? splits = null;
        if (definition.Dataset is { } dataset)
            splits = [.. (await SplitsAsync(metric, cancellation)).Where(s => s.Dataset == dataset || (dataset.Length >= Split.ShortestDigest && s.Digest.StartsWith(dataset, StringComparison.Ordinal)))];
        if (splits is []) return [];
        var words = new Words();
        var split = splits is null ? "" : $"({string.Join(" or ", splits.Select(s => $"(s.dataset, s.dataset_digest) = ({words.Of(s.Dataset)}, {words.Of(s.Digest)})"))}) and ";
        return await database.QueryAsync(
            $"""
            select {(definition.Group == Grouping.Seeds ? $"(select r.kin from {RunSpecTable.Name} r where r.run_id = best.run_id)" : "run_id")}, value from (
                select s.run_id, s.value from {ScoreTable.Name} s
                where {split}s.metric = {words.Of(metric)} and s.value > '-Infinity' and s.value < 'Infinity' and {Counting} and {Where(definition, words)}
                order by s.value {(fromTop ? "desc" : "asc")} limit {limit}) best
            """, r => (r.GetString(0), r.GetDouble(1)), cancellation, words.All);
    }

    /// <summary>How many evaluations there are of one split by one metric, over all runs that compete, those that a resumption took back included.</summary>
    public async Task<long> CountAsync(LeaderboardDefinition definition, string metric, string digest, CancellationToken cancellation)
    {
        var all = 0L;
        foreach (var split in (await SplitsAsync(metric, cancellation)).Where(s => s.Digest == digest))
        {
            // Those of reproductions, which are few, are taken off: leaving them out one by one would cost more than all the rest.
            all += await CountAsync("") - await CountAsync($" and {Reproducing}");

            async Task<long> CountAsync(string also)
            {
                var words = new Words();
                return await database.QueryAsync(
                    $"select count(*) from {ScoreTable.Name} s where s.metric = {words.Of(metric)} and s.dataset = {words.Of(split.Dataset)} and s.dataset_digest = {words.Of(digest)} and {Where(definition with { Dataset = null }, words, withReproductions: true)}{also}",
                    r => r.GetInt64(0), cancellation, words.All) is [var count] ? count : 0;
            }
        }
        return all;
    }

    /// <summary>What there is to be named. Reads every row.</summary>
    public async Task<ScoreNames> NamesAsync(CancellationToken cancellation)
    {
        var scored = await database.QueryAsync(
            $"select distinct s.metric, s.dataset, s.dataset_digest from {ScoreTable.Name} s where {Then}", r => (Metric: r.GetString(0), Name: r.GetString(1), Digest: r.GetString(2)), cancellation);
        var experiments = await database.QueryAsync($"select distinct experiment from {RunSpecTable.Name}", r => r.GetString(0), cancellation);
        return new ScoreNames([.. scored.Select(s => s.Metric).Distinct()], [.. scored.Select(s => (s.Name, s.Digest)).Distinct()], experiments);
    }

    /// <summary>Stored names of events.</summary>
    public async Task<IReadOnlyDictionary<(string Stream, long Version), string>> TypesAsync(IEnumerable<(string Stream, long Version)> events, CancellationToken cancellation)
    {
        var all = events.ToList();
        return (await database.QueryAsync(
            $"""
            select e.stream_id, e.version, e.type from {TrackingSchema.Name}.mt_events e
            where (e.stream_id, e.version) in (select * from unnest(string_to_array($1, ' '), string_to_array($2, ' ')::bigint[]))
            """, r => (Key: (r.GetString(0), r.GetInt64(1)), Type: r.GetString(2)), cancellation, string.Join(' ', all.Select(e => e.Stream)), string.Join(' ', all.Select(e => e.Version))))
            .ToDictionary(e => e.Key, e => e.Type);
    }

    /// <summary>What the last reproduction of runs came to; of one that nobody has run again, nothing.</summary>
    public async Task<IReadOnlyDictionary<string, Verdict>> VerdictsAsync(IEnumerable<string> ids, CancellationToken cancellation) => (await database.QueryAsync(
        $"""
        select distinct on (e.stream_id) e.stream_id, e.type, e.data::text from {TrackingSchema.Name}.mt_events e
        where e.stream_id = any (string_to_array($1, ' ')) and e.type = 'reproduction_judged' and {PointInTime.OfEvents(asOf)} order by e.stream_id, e.version desc
        """, r => (Run: r.GetString(0), Event: EventJson.Read(r.GetString(1), r.GetString(2))), cancellation, string.Join(' ', ids)))
        .ToDictionary(e => e.Run, e => ((ReproductionJudged)e.Event!).Verdict);

    private static IEnumerable<string> Needed(LeaderboardDefinition definition) =>
        definition.Score.Metrics.Concat(definition.Choose.Metric is { } choosing ? [choosing] : []).Distinct();

    /// <summary>Name and digest of every data set that a metric was measured on, found from one to the next in the index.</summary>
    private Task<IReadOnlyList<(string Dataset, string Digest)>> SplitsAsync(string metric, CancellationToken cancellation) => database.QueryAsync(
        $"""
        with recursive split as (
            (select dataset, dataset_digest from {ScoreTable.Name} where metric = $1 order by dataset, dataset_digest limit 1)
            union all
            select next.dataset, next.dataset_digest from split, lateral (
                select s.dataset, s.dataset_digest from {ScoreTable.Name} s
                where s.metric = $1 and (s.dataset, s.dataset_digest) > (split.dataset, split.dataset_digest) order by s.dataset, s.dataset_digest limit 1) next)
        select dataset, dataset_digest from split
        """, r => (r.GetString(0), r.GetString(1)), cancellation, metric);

    private async Task<IReadOnlyList<Contender>> ReadAsync(string where, Words words, CancellationToken cancellation)
    {
        var superseded = asOf is null ? "s.superseded_at, s.superseded_by" : $"case when {Superseded} then s.superseded_at end, case when {Superseded} then s.superseded_by end";
        var rows = await database.QueryAsync(
            $"""
            select {Rows}, {superseded}, r.name, r.experiment, r.seed, r.registered_at, r.kin
            from {ScoreTable.Name} s join {RunSpecTable.Name} r on r.run_id = s.run_id where {where} and {Then}
            """,
            r => (
                Score: new ScoreRow(r.GetString(0), r.GetInt64(1), r.GetFieldValue<DateTimeOffset>(3), r.GetInt32(4), r.GetString(5), r.GetString(6), r.GetString(7), r.GetString(2), r.GetDouble(8))
                {
                    SupersededAt = r.IsDBNull(9) ? null : r.GetFieldValue<DateTimeOffset>(9), SupersededBy = r.IsDBNull(10) ? null : r.GetInt64(10),
                },
                Name: r.GetString(11), Experiment: r.GetString(12), Seed: r.GetInt32(13), RegisteredAt: r.GetFieldValue<DateTimeOffset>(14), Kin: r.GetString(15)), cancellation, words.All);
        return [.. rows.GroupBy(r => r.Score.RunId).Select(g => (g.Key, First: g.First(), Scores: g.Select(r => r.Score)))
            .Select(g => new Contender(g.Key, g.First.Name, g.First.Experiment, g.First.Seed, g.First.RegisteredAt, g.First.Kin, [.. g.Scores.OrderBy(s => s.Version).ThenBy(s => s.Dataset, StringComparer.Ordinal).ThenBy(s => s.Metric, StringComparer.Ordinal)]))];
    }

    // A reproduction repeats the result of another run, which is on the board already.
    private const string Reproducing = $"s.run_id in (select p.run_id from {RunSpecTable.Name} p where p.reproduces)";

    private string Where(LeaderboardDefinition definition, Words words, bool withReproductions = false)
    {
        List<string> conditions = withReproductions ? [Then] : [Then, $"not ({Reproducing})"];
        var (filters, runs) = (definition.Filters, new List<string>());
        if (filters.Experiment is { } experiment) conditions.Add($"s.experiment = {words.Of(experiment)}");
        if (filters.Trainer is { } trainer) runs.Add($"f.trainer = {words.Of(trainer)}");
        if (filters.Settings.Count > 0)
            runs.Add($"f.config @> {words.Of(JsonSerializer.Serialize(filters.Settings.ToDictionary(s => s.Key, s => RunSpecRow.Normal(s.Value))))}::jsonb");
        if (runs.Count > 0) conditions.Add($"s.run_id in (select f.run_id from {RunSpecTable.Name} f where {string.Join(" and ", runs)})");
        if (definition.Weights is { } weights)
        {
            var word = words.Of(weights);
            conditions.Add($"(s.weights = {word} or starts_with(s.weights, {word} || ' '))");
        }
        return string.Join(" and ", conditions);
    }

    private string Then => asOf?.Covers("s.run_id", "s.version", "s.at") ?? "true";

    private string Superseded => asOf is null ? "s.superseded_at is not null" : $"s.superseded_at is not null and {asOf.Covers("s.run_id", "s.superseded_by", "s.superseded_at")}";

    private string Counting => $"not ({Superseded})";

    /// <summary>The texts that a question is asked with.</summary>
    private sealed class Words
    {
        private readonly List<string?> all = [];

        public string?[] All => [.. all];

        public string Of(string? word)
        {
            all.Add(word);
            return $"${all.Count}";
        }
    }
}
