using Itra.Domain.Runs;
using Itra.Tracking.Reading;

namespace Itra.Tracking.Comparison;

/// <summary>The first value of any metric that two runs tell differently.</summary>
internal sealed record MetricDifference(string Metric, long Step, double Expected, double Found)
{
    /// <summary>Of several at one step, the metric that is recorded first: the loss.</summary>
    public static MetricDifference? Of(ComparedRun against, ComparedRun run)
    {
        var order = against.Events.OfType<MetricsLogged>().SelectMany(m => m.Series.Select(s => s.Name)).Distinct().ToList();
        return (from expected in against.Curves
                join found in run.Curves on expected.Metric equals found.Metric
                let first = First(expected, found)
                where first is not null
                orderby first.Step, order.IndexOf(first.Metric)
                select first).FirstOrDefault();
    }

    /// <summary>Whether both logged the same metrics at the same steps.</summary>
    public static bool SameSteps(ComparedRun against, ComparedRun run) =>
        against.Curves.Count == run.Curves.Count && against.Curves.All(a => run.Curves.Any(b => b.Metric == a.Metric && b.Steps.SequenceEqual(a.Steps)));

    public Divergence In(StreamFacts facts)
    {
        var (expected, found) = Numbers.Apart(Expected, Found);
        return new Divergence(Metric, facts.EpochOf(Step), Step, null, expected, found);
    }

    /// <summary>Both are in the order of steps, and either may lack some.</summary>
    private static MetricDifference? First(MetricCurve expected, MetricCurve found)
    {
        for (int i = 0, j = 0; i < expected.Steps.Count && j < found.Steps.Count;)
        {
            if (expected.Steps[i] < found.Steps[j]) i++;
            else if (expected.Steps[i] > found.Steps[j]) j++;
            // Equal as values: two that are no numbers are the same here.
            else if (!expected.Values[i].Equals(found.Values[j])) return new MetricDifference(expected.Metric, expected.Steps[i], expected.Values[i], found.Values[j]);
            else (i, j) = (i + 1, j + 1);
        }
        return null;
    }
}
