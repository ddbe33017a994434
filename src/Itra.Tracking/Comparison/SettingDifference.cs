namespace Itra.Tracking.Comparison;

/// <summary>A setting that is not the same in all runs.</summary>
/// <param name="Values">One per run; null where neither the run nor the defaults have it.</param>
/// <param name="Origins">Where each came from; null where that was not recorded.</param>
public sealed record SettingDifference(string Setting, IReadOnlyList<string?> Values, IReadOnlyList<string?> Origins)
{
    /// <summary>In alphabetical order.</summary>
    public static IReadOnlyList<SettingDifference> Of(IReadOnlyList<ComparedRun> runs, ComparisonRules rules)
    {
        var settings = runs.Select(r => r.Settings(rules)).ToList();
        return
        [
            .. from key in settings.SelectMany(s => s.Keys).Distinct().Order(StringComparer.Ordinal)
               let values = settings.Select(s => s.GetValueOrDefault(key)).ToList()
               where values.Distinct().Count() > 1
               select new SettingDifference(key, values, [.. runs.Select(r => Origin(r, key))]),
        ];
    }

    private static string? Origin(ComparedRun run, string key) => run.Provenance.Origins is { } origins ? origins.GetValueOrDefault(key, "default") : null;
}
