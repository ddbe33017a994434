namespace Itra.Tracking.Comparison;

/// <summary>How far a run's record says the same as another's, whatever the times, ids and places.</summary>
/// <param name="Against">The run it is held against.</param>
/// <param name="SameSettings">But for places.</param>
/// <param name="SameExtent">Both recorded the same things, and as many.</param>
/// <param name="AgreedUpTo">The last place up to which both say the same; null if they differ before the first step.</param>
/// <param name="First">The first difference; null if whatever both recorded is equal.</param>
public sealed record StreamComparison(string RunId, string Against, bool SameSettings, bool SameExtent, StreamPlace? AgreedUpTo, StreamDifference? First)
{
    /// <summary>Whether nothing recorded tells the two apart.</summary>
    public bool IsIdentical => SameSettings && SameExtent && First is null;

    public static StreamComparison Of(ComparedRun against, ComparedRun run, ComparisonRules rules)
    {
        var (there, here) = (new RecordedFacts(against), new RecordedFacts(run));
        var same = !SettingDifference.Of([against, run], rules).Any(s => !rules.IsPlace(s.Setting));
        var facts = there.All.Where(f => here.Find(f.Key) is { } other && !f.Value.Equals(other.Value)).Select(f => StreamDifference.Of(f, here.Find(f.Key)!)).FirstOrDefault();
        var values = MetricDifference.Of(against, run) is { } v ? v.In(there) : null;
        // What belongs to an update comes before what is known after it.
        var first = values is not null && (facts is null || values.Step < facts.Updates) ? values : facts;
        var extent = there.Keys.SetEquals(here.Keys) && MetricDifference.SameSteps(against, run) && against.Summary.Status == run.Summary.Status;
        return new StreamComparison(run.Id, against.Id, same, extent, there.Before(first, Math.Min(there.Updates, here.Updates)), first);
    }
}

/// <param name="Epoch">Counted from 1.</param>
/// <param name="Step">Counted from 0, as metrics are.</param>
public sealed record StreamPlace(int Epoch, long Step);

/// <summary>Something that two streams tell differently.</summary>
/// <param name="Epoch">Counted from 1; 0 before the first.</param>
/// <param name="Step">Of a metric; null for what belongs to an epoch or to the whole run.</param>
/// <param name="Updates">Optimizer updates done when it became known.</param>
public sealed record StreamDifference(string What, int Epoch, long? Step, long Updates, string Expected, string Found)
{
    internal static StreamDifference Of(RecordedFact expected, RecordedFact found)
    {
        var (a, b) = Numbers.Apart(expected.Value, found.Value);
        return new StreamDifference(expected.What, expected.Epoch, null, expected.Updates, a, b);
    }
}
