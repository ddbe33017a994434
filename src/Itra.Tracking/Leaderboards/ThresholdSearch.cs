using Itra.Domain.Leaderboards;

namespace Itra.Tracking.Leaderboards;

/// <summary>
/// Finds the runs that can be on the first page of a ranking without reading what all the others scored: the threshold algorithm of
/// R. Fagin, A. Lotem and M. Naor, Optimal aggregation algorithms for middleware, 2003. Every metric is read from its better end in the
/// order of an index. What was not met by then cannot be worth more than the definition's value of where the reading stands, whichever
/// of a run's evaluations stands for it, and however runs are grouped.
/// </summary>
/// <param name="count">How many places the page has.</param>
internal sealed class ThresholdSearch(ScoreQuery scores, LeaderboardDefinition definition, int count)
{
    // Beyond these, reading everything once is faster.
    private const int MostRead = 20_480;
    private const int MostSettled = 4_096;

    // A mean may come out above its greatest part by as much as rounding does.
    private const double Rounding = 1e-12;

    private readonly ScoreFormula formula = definition.Score;
    private readonly bool higher = definition.Direction == Direction.HigherIsBetter;
    private readonly HashSet<string> settled = [];
    private readonly List<Contender> contenders = [];

    /// <returns>With the scores that the definition needs; null if no bound keeps most runs out.</returns>
    public async Task<IReadOnlyList<Contender>?> FindAsync(CancellationToken cancellation)
    {
        var ranges = await scores.RangesAsync(formula, cancellation);
        if (ranges.Count < formula.Metrics.Count) return [];
        var ends = Ends(ranges);
        if (ends.Count == 0) return null;
        for (var depth = 8 * count; depth <= MostRead && settled.Count <= MostSettled; depth *= 4)
            if (await SettleAsync(await ReadAsync(ranges, ends, depth, cancellation), cancellation)) return contenders;
        return null;
    }

    /// <summary>The metrics whose better end bounds the value, and whether that is the upper one.</summary>
    private List<(string Metric, bool Upper)> Ends(Dictionary<string, ScoreRange> ranges)
    {
        var best = Best(ranges);
        List<(string, bool)> ends = [];
        if (!ranges.Values.All(r => double.IsFinite(r.Low) && double.IsFinite(r.High))) return ends;
        foreach (var (metric, range) in ranges.ToArray())
        {
            var middle = range.Low / 2 + range.High / 2;
            ranges[metric] = range with { High = middle };
            var upper = IsBetter(best, Best(ranges));
            ranges[metric] = range with { Low = middle };
            var lower = IsBetter(best, Best(ranges));
            ranges[metric] = range;
            if (upper || lower) ends.Add((metric, upper));
        }
        return ends;
    }

    private async Task<Standings> ReadAsync(Dictionary<string, ScoreRange> ranges, List<(string Metric, bool Upper)> ends, int depth, CancellationToken cancellation)
    {
        Dictionary<string, double?[]> met = [];
        var reached = new double?[ends.Count];
        for (var i = 0; i < ends.Count; i++)
        {
            var rows = await scores.FirstAsync(definition, ends[i].Metric, ends[i].Upper, depth, cancellation);
            if (rows.Count == depth) reached[i] = rows[^1].Value;
            foreach (var (team, value) in rows)
            {
                if (!met.TryGetValue(team, out var values)) met[team] = values = new double?[ends.Count];
                values[i] ??= value;
            }
        }
        // Where a metric was read to its end, whoever was not met there has no score of it.
        var beyond = reached.All(r => r is not null) ? Bound(reached) : null;
        return new Standings(
            [.. met.Select(m => (Team: m.Key, Bound: Bound([.. m.Value.Select((v, i) => v ?? reached[i])]))).Where(m => m.Bound is not null && !settled.Contains(m.Team))
                .Select(m => (m.Team, Bound: m.Bound!.Value)).OrderBy(m => higher ? -m.Bound : m.Bound)], beyond);

        double? Bound(double?[] values)
        {
            var within = new Dictionary<string, ScoreRange>(ranges);
            for (var i = 0; i < values.Length; i++)
            {
                if (values[i] is not { } value) return null;
                within[ends[i].Metric] = ends[i].Upper ? ranges[ends[i].Metric] with { High = value } : ranges[ends[i].Metric] with { Low = value };
            }
            var best = Best(within);
            return definition.Group == Grouping.None ? best : best + (higher ? 1 : -1) * Rounding * Math.Abs(best);
        }
    }

    /// <summary>Works out exactly who can be on the page, the most promising first.</summary>
    /// <returns>Whether nobody else can be; false if more has to be read.</returns>
    private async Task<bool> SettleAsync(Standings standings, CancellationToken cancellation)
    {
        for (var (next, portion) = (0, 2 * count); ; (next, portion) = (next + portion, 2 * portion))
        {
            var last = Last();
            var done = next >= standings.Met.Count || IsSurelyOff(standings.Met[next].Bound, last);
            if (standings.Beyond is { } beyond && !IsSurelyOff(beyond, last) && (done || next > 0)) return false;
            if (done) return true;
            if (settled.Count > MostSettled) return false;
            string[] teams = [.. standings.Met.Skip(next).Take(portion).Select(m => m.Team)];
            settled.UnionWith(teams);
            contenders.AddRange(await scores.ContendersAsync(definition, teams, cancellation));
        }
    }

    /// <summary>The value of the last place of the page; null while it is not full.</summary>
    private double? Last() => Ranking.Rank(contenders, definition) is var rows && rows.Count >= count ? rows[count - 1].Value : null;

    private bool IsSurelyOff(double bound, double? last) => last is { } value && IsBetter(value, bound);

    private bool IsBetter(double one, double other) => higher ? one > other : one < other;

    private double Best(IReadOnlyDictionary<string, ScoreRange> ranges) => formula.Within(ranges) is var range && higher ? range.High : range.Low;

    /// <summary>What a reading of the metrics tells.</summary>
    /// <param name="Met">Those not settled yet, and what they are worth at best; the most promising first.</param>
    /// <param name="Beyond">What anybody else is worth at best; null if there is nobody else.</param>
    private sealed record Standings(IReadOnlyList<(string Team, double Bound)> Met, double? Beyond);
}
