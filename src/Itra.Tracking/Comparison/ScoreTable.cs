namespace Itra.Tracking.Comparison;

/// <summary>Scores on a data set that several runs were evaluated on: only those of one digest compare.</summary>
/// <param name="Columns">One per metric.</param>
public sealed record ScoreTable(string Dataset, string DatasetDigest, IReadOnlyList<ScoreColumn> Columns)
{
    internal static IReadOnlyList<ScoreTable> Of(IReadOnlyList<IReadOnlyList<ComparedRun>> rows)
    {
        var measured = rows.Select(row => row.SelectMany(r => r.Measurements.Select(m => (r.Id, Score: m))).ToLookup(m => m.Score.DatasetDigest)).ToList();
        return
        [
            .. from digest in measured.SelectMany(m => m.Select(g => g.Key)).Distinct()
               let all = measured.SelectMany(m => m[digest]).ToList()
               where all.DistinctBy(m => m.Id).Count() > 1
               select new ScoreTable(all[0].Score.Dataset, digest,
                   [.. all.Select(m => m.Score.Metric).Distinct().Select(metric => ScoreColumn.Of(metric, [.. measured.Select(m => ScoreCell.Of(m[digest].Where(s => s.Score.Metric == metric)))]))]),
        ];
    }
}

/// <summary>A metric of every row. All scores are percentages of which more is better.</summary>
/// <param name="Cells">One per row; null where the row was not evaluated so.</param>
/// <param name="BestByLast">Rows whose last score is the highest; none if no row stands out.</param>
/// <param name="BestByBest">The same of their best scores.</param>
public sealed record ScoreColumn(string Metric, IReadOnlyList<ScoreCell?> Cells, IReadOnlyList<int> BestByLast, IReadOnlyList<int> BestByBest)
{
    internal static ScoreColumn Of(string metric, IReadOnlyList<ScoreCell?> cells) =>
        new(metric, cells, Best.Of([.. cells.Select(c => c?.Last.Mean)]), Best.Of([.. cells.Select(c => c?.Best.Mean)]));
}

/// <param name="Last">After the last epoch that was evaluated, over the row's runs.</param>
/// <param name="Best">Of each run's best epoch.</param>
/// <param name="BestEpoch">If the row is a single run.</param>
/// <param name="Weights"><c>raw</c> or <c>ema</c>.</param>
public sealed record ScoreCell(Statistic Last, Statistic Best, int LastEpoch, int? BestEpoch, string Weights)
{
    /// <param name="scores">Of one metric on one data set, each run's in order.</param>
    internal static ScoreCell? Of(IEnumerable<(string Id, Measurement Score)> scores)
    {
        var runs = scores.GroupBy(s => s.Id, s => s.Score).Select(run => run.ToList()).ToList();
        if (runs.Count == 0) return null;
        // A score that is no number is the last one all the same, and never the best if there is another.
        var best = runs.Select(run => run.MaxBy(m => double.IsNaN(m.Value) ? double.NegativeInfinity : m.Value)!).ToList();
        return new ScoreCell(
            Statistic.Of([.. runs.Select(run => run[^1].Value)])!, Statistic.Of([.. best.Select(m => m.Value)])!,
            runs.Max(run => run[^1].Epoch), best is [var only] ? only.Epoch : null, runs[0][^1].Weights);
    }
}
