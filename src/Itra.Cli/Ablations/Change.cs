namespace Itra.Cli.Ablations;

/// <summary>One step from a run towards another: settings that are changed together.</summary>
/// <param name="From">What the settings were, by key.</param>
/// <param name="Settings">What they become, by key.</param>
internal sealed record Change(IReadOnlyDictionary<string, string> From, IReadOnlyDictionary<string, string> Settings)
{
    /// <summary>The setting that others go along with.</summary>
    public string Name => Settings.Keys.First();

    public string Text => string.Join(", ", Settings.Select(s => $"{s.Key} {Shown(From[s.Key])} to {Shown(s.Value)}"));

    public Change With(Change other) => new(Joined(From, other.From), Joined(Settings, other.Settings));

    public static IReadOnlyDictionary<string, string> Joined(IReadOnlyDictionary<string, string> settings, IReadOnlyDictionary<string, string> changed)
    {
        OrderedDictionary<string, string> joined = new(settings);
        foreach (var (key, value) in changed) joined[key] = value;
        return joined;
    }

    private static string Shown(string value) => value.Length == 0 ? "nothing" : value.Replace("\t", "\\t");
}
