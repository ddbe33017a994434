using Itra.Domain.Runs;

namespace Itra.Tracking.Comparison;

/// <summary>How far a run's record says the same as another's, whatever the times, ids and places.</summary>
/// <param name="Against">The run it is held against.</param>
/// <param name="SameSettings">But for places.</param>
/// <param name="SameExtent">Both recorded the same things, and as many.</param>
/// <param name="AgreedUpTo">The last place up to which both say the same; null if they differ before the first step.</param>
/// <param name="First">The first difference; null if whatever both recorded is equal.</param>
public sealed record StreamComparison(string RunId, string Against, bool SameSettings, bool SameExtent, StreamPlace? AgreedUpTo, Divergence? First)
{
    /// <summary>Whether nothing recorded tells the two apart.</summary>
    public bool IsIdentical => SameSettings && SameExtent && First is null;

    public static StreamComparison Of(ComparedRun against, ComparedRun run, ComparisonRules rules)
    {
        var (there, here) = (new StreamFacts(against), new StreamFacts(run));
        var same = !SettingDifference.Of([against, run], rules).Any(s => !rules.IsPlace(s.Setting));
        var fact = there.FirstAgainst(here);
        var value = MetricDifference.Of(against, run);
        // What belongs to an update comes before what is known after it.
        if (fact is not null && value?.Step >= fact.Value.Updates) value = null;
        var extent = there.HasTheSameAs(here) && MetricDifference.SameSteps(against, run) && against.Summary.Status == run.Summary.Status;
        var agreed = there.LastOf(value?.Step ?? fact?.Updates ?? Math.Min(there.Updates, here.Updates));
        return new StreamComparison(run.Id, against.Id, same, extent, agreed, value?.In(there) ?? fact?.What);
    }
}

/// <param name="Epoch">Counted from 1.</param>
/// <param name="Step">Counted from 0, as metrics are.</param>
public sealed record StreamPlace(int Epoch, long Step);
