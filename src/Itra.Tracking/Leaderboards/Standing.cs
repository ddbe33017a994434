using Itra.Domain.Leaderboards;

namespace Itra.Tracking.Leaderboards;

/// <summary>A moment in a run at which everything that a definition needs was scored.</summary>
/// <param name="Version">Of the last event that had a part in it.</param>
internal sealed record ScoredPoint(int Epoch, string Weights, string Dataset, string DatasetDigest, long Version, double Value, IReadOnlyDictionary<string, double> Scores);

/// <summary>The point that stands for a run under a definition.</summary>
internal sealed record Standing(Contender Run, ScoredPoint Point, Selection Selection)
{
    /// <summary>Null if the run has no score that counts.</summary>
    public static Standing? Of(Contender run, LeaderboardDefinition definition, ScoreFormula formula)
    {
        var counted = run.Scores.Where(s => formula.Metrics.Contains(s.Metric) && Split.Is(definition.Dataset, s) && Split.IsOfWeights(definition.Weights, s)).ToList();
        var points = Points(counted.Where(s => s.SupersededAt is null), formula).ToList();
        if (points.Count == 0) return null;
        var worse = definition.Direction == Direction.HigherIsBetter ? -1 : 1;
        switch (definition.Choose.Rule)
        {
            case ChoiceRule.Last:
                var last = points.OrderByDescending(p => p.Epoch).ThenBy(p => p.Version).First();
                return new Standing(run, last, new Selection(ChoiceRule.Last, Evaluations(counted, last.DatasetDigest)));
            case ChoiceRule.BestBy:
                return ByOther(run, definition, points);
            default:
                var best = points.OrderBy(p => worse * p.Value).ThenBy(p => p.Epoch).ThenBy(p => p.Version).First();
                return new Standing(run, best, new Selection(ChoiceRule.Best, Evaluations(counted, best.DatasetDigest)));
        }
    }

    /// <summary>One split chooses epoch and weights, another is reported.</summary>
    private static Standing? ByOther(Contender run, LeaderboardDefinition definition, IReadOnlyList<ScoredPoint> points)
    {
        var choice = definition.Choose;
        var choosing = run.Scores.Where(s => s.Metric == choice.Metric && Split.Is(choice.Dataset, s) && Split.IsOfWeights(definition.Weights, s)).ToList();
        var worse = choice.Direction == Direction.HigherIsBetter ? -1 : 1;
        var chosen = choosing.Where(s => s.SupersededAt is null && double.IsFinite(s.Value))
            .OrderBy(s => worse * s.Value).ThenBy(s => s.Epoch).ThenBy(s => s.Version)
            .Select(s => (By: s, Point: points.FirstOrDefault(p => (p.Epoch, p.Weights) == (s.Epoch, s.Weights))))
            .FirstOrDefault(c => c.Point is not null);
        return chosen.Point is null ? null : new Standing(run, chosen.Point, new Selection(ChoiceRule.BestBy, Evaluations(choosing, chosen.By.DatasetDigest))
        {
            By = new ChoosingScore(chosen.By.Metric, chosen.By.Dataset, chosen.By.DatasetDigest, chosen.By.Value),
        });
    }

    private static int Evaluations(IEnumerable<ScoreRow> scores, string digest) => scores.Where(s => Split.Covers(digest, s.DatasetDigest)).Select(s => s.Version).Distinct().Count();

    /// <summary>
    /// Per epoch and weights one point per data set that has all scores; where none has, one over all of them, if every score was measured
    /// on one of them only. Of an evaluation that was repeated the later one counts.
    /// </summary>
    private static IEnumerable<ScoredPoint> Points(IEnumerable<ScoreRow> scores, ScoreFormula formula)
    {
        foreach (var moment in scores.GroupBy(s => (s.Epoch, s.Weights)))
        {
            var whole = moment.GroupBy(s => s.DatasetDigest).Select(set => Scored([.. set], formula)).OfType<ScoredPoint>().ToList();
            if (whole.Count > 0 || formula.Metrics.Count == 1)
            {
                foreach (var point in whole) yield return point;
            }
            else if (moment.GroupBy(s => s.Metric).All(m => m.Select(s => s.DatasetDigest).Distinct().Count() == 1) && Scored([.. moment], formula) is { } joint)
            {
                yield return joint;
            }
        }
    }

    private static ScoredPoint? Scored(IReadOnlyList<ScoreRow> scores, ScoreFormula formula)
    {
        var values = new Dictionary<string, double>();
        foreach (var score in scores.OrderBy(s => s.Version)) values[score.Metric] = score.Value;
        if (formula.Of(values) is not { } value) return null;
        return new ScoredPoint(
            scores[0].Epoch, scores[0].Weights, Join(scores.Select(s => s.Dataset)), Join(scores.Select(s => s.DatasetDigest)), scores.Max(s => s.Version), value, values);
    }

    private static string Join(IEnumerable<string> names) => string.Join(',', names.Distinct());
}
