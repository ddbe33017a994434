namespace Itra.Tracking.Comparison;

/// <summary>Finds runs that differ in nothing but their seed, what they are called and where they ran.</summary>
internal static class SeedGroups
{
    /// <summary>The runs of each group, all in the order they came. A seed that was trained twice would count twice: such runs stand each for itself.</summary>
    public static IReadOnlyList<IReadOnlyList<ComparedRun>> Of(IReadOnlyList<ComparedRun> runs, ComparisonRules rules) =>
    [
        .. runs.GroupBy(r => Question(r, rules)).SelectMany(group => group.DistinctBy(r => r.Spec.Seed).Count() == group.Count()
            ? [[.. group]]
            : group.Select(r => (IReadOnlyList<ComparedRun>)[r])).OrderBy(group => runs.ToList().IndexOf(group[0])),
    ];

    /// <summary>Everything that has to be equal, as text.</summary>
    private static string Question(ComparedRun run, ComparisonRules rules) => string.Join('\n',
    [
        .. run.Settings(rules).Where(s => s.Key != ComparisonRules.Seed && !rules.IsPlace(s.Key)).OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => $"{s.Key}={s.Value}"),
        // Initial weights may follow from the seed, and machines are places.
        .. Circumstance.All(run).Where(c => c is { Kind: "code" or "data" } or { Kind: "weights", What: not "initial" }).Order().Select(c => $"{c.What} {c.Value}"),
    ]);
}
