using Itra.Tracking.Comparison;

namespace Itra.Cli.Sweeps;

/// <summary>A metric of a trial in percent: the guide's figure and ours. The guide does not say whether it prints the last epoch or the best.</summary>
/// <param name="Ours">After the last epoch: that is compared, as the best epoch is chosen on the data that it is measured on.</param>
/// <param name="Best">Over the epochs.</param>
/// <param name="BestEpoch">If there is one run only.</param>
internal sealed record Figure(string Metric, double? Published, Statistic? Ours, Statistic? Best, int? BestEpoch)
{
    public double? Difference => Ours?.Mean - Published;

    /// <param name="runs">The evaluations of every run, in their order.</param>
    public static Figure Of(string metric, double? published, IReadOnlyList<IEnumerable<Evaluated>> runs)
    {
        var curves = runs.Select(run => run.Where(e => e.Scores.ContainsKey(metric)).Select(e => (e.Epoch, Value: e.Scores[metric])).ToList()).Where(c => c.Count > 0).ToList();
        return new Figure(metric, published,
            Statistic.Of([.. curves.Select(c => c[^1].Value)]), Statistic.Of([.. curves.Select(c => c.Max(e => e.Value))]),
            curves is [var only] ? only.MaxBy(e => e.Value).Epoch : null);
    }
}
