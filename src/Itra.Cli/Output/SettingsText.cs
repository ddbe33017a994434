using Itra.Trainer.Clip;

namespace Itra.Cli.Output;

/// <summary>The settings of a run that are not defaults, by where they came from.</summary>
internal static class SettingsText
{
    // Where things are does not change what comes out.
    private static readonly HashSet<string> Places = ["name", "logs", "datasets_dir", "images_dir", "retrieval_images_dir", "cache_dir", "report_to", "workers", "seed"];

    /// <param name="settings">Every setting by key.</param>
    /// <param name="origins">Where each came from, by key; null if that was not recorded.</param>
    /// <returns>A line on trainer and seed, then one per source.</returns>
    public static IEnumerable<string> Of(IReadOnlyDictionary<string, string> settings, IReadOnlyDictionary<string, string>? origins, string trainer, int seed)
    {
        var defaults = ClipConfig.Flags.ToDictionary(f => f.Key, f => f.Default);
        // As the help has them; a store keeps no order.
        var order = ClipConfig.Flags.Select((f, i) => (f.Key, Place: i)).ToDictionary(f => f.Key, f => f.Place);
        var different = settings.Where(s => !Places.Contains(s.Key) && defaults.GetValueOrDefault(s.Key) != s.Value)
            .OrderBy(s => order.GetValueOrDefault(s.Key, int.MaxValue)).ThenBy(s => s.Key, StringComparer.Ordinal)
            .GroupBy(s => origins is null ? "" : origins.GetValueOrDefault(s.Key) ?? "set by the program")
            .OrderByDescending(g => g.Count()).ToList();
        yield return $"trainer {trainer}, seed {seed}; {(different.Count == 0 ? "all others are defaults" : "what differs from the defaults:")}";
        foreach (var source in different)
            yield return $"{(source.Key.Length == 0 ? "(source not recorded)" : source.Key + ":")} {string.Join(", ", source.Select(s => $"{s.Key} {Shown(s.Value)}"))}";
    }

    private static string Shown(string value) => value.Length == 0 ? "(none)" : value.Replace("\t", "\\t");
}
