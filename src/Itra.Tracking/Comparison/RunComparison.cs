namespace Itra.Tracking.Comparison;

/// <summary>Several runs side by side.</summary>
/// <param name="Rows">What came out of them; the rows that scores refer to.</param>
/// <param name="Settings">Differences that can change what is learnt; values in the order of <paramref name="RunIds"/>.</param>
/// <param name="Places">Differences in names, folders and shares of work.</param>
/// <param name="Streams">Each run but the first, walked beside the first.</param>
public sealed record RunComparison(
    IReadOnlyList<string> RunIds, IReadOnlyList<ResultRow> Rows, IReadOnlyList<ScoreTable> Scores, IReadOnlyList<Unshared> Unshared,
    IReadOnlyList<SettingDifference> Settings, IReadOnlyList<SettingDifference> Places, IReadOnlyList<Circumstance> Circumstances,
    IReadOnlyList<CurveOverlay> Curves, IReadOnlyList<StreamComparison> Streams)
{
    /// <param name="runs">At least two.</param>
    /// <param name="seeds">Shows runs that differ only in their seed one by one.</param>
    public static RunComparison Of(IReadOnlyList<ComparedRun> runs, ComparisonRules rules, bool seeds = false)
    {
        if (runs.Count < 2) throw new ArgumentException("a comparison takes two runs or more", nameof(runs));
        var groups = seeds ? [.. runs.Select(r => (IReadOnlyList<ComparedRun>)[r])] : SeedGroups.Of(runs, rules);
        var settings = SettingDifference.Of(runs, rules).ToLookup(s => rules.IsPlace(s.Setting));
        var scores = ScoreTable.Of(groups);
        return new RunComparison(
            [.. runs.Select(r => r.Id)], [.. groups.Select(ResultRow.Of)], scores, Comparison.Unshared.Of(runs), [.. settings[false]], [.. settings[true]],
            Circumstance.Of(runs), CurveOverlay.Of(runs, scores), [.. runs.Skip(1).Select(r => StreamComparison.Of(runs[0], r, rules))]);
    }
}
