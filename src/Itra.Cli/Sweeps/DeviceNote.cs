namespace Itra.Cli.Sweeps;

/// <summary>What becomes of a recipe for many devices here.</summary>
internal static class DeviceNote
{
    /// <returns>A line for people, or null if nothing was changed.</returns>
    public static string? Of(Recipe recipe, IReadOnlyList<PlannedTrial> trials, IReadOnlyDictionary<string, string> overrides)
    {
        string written = recipe.Shared.GetValueOrDefault(TrialSettings.Devices, "1"), here = overrides.GetValueOrDefault(TrialSettings.Devices, "1");
        if (written == here || trials.FirstOrDefault(t => t.Trains) is not { } first) return null;
        var division = $"the recipe is for {written} devices, here {(here == "1" ? "is one" : $"are {here}")}";
        return overrides.ContainsKey(TrialSettings.Batch) && overrides.ContainsKey(TrialSettings.Accumulation)
            ? $"{division}, and --set says how pairs are batched: updates may see other numbers of pairs than the guide's"
            : $"{division}: every update gathers the same pairs from {first.Request.Config.AccumFreq} batches of {first.Request.Config.BatchSize} (first trial), "
                + "with the gradient of one loss over all of them; batch norm sees one batch at a time, as it does on each device";
    }
}
