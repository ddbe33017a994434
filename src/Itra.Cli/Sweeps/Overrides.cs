using Itra.Domain;
using Itra.Trainer.Clip;

namespace Itra.Cli.Sweeps;

/// <summary>What the command line changes in every trial of a recipe.</summary>
internal static class Overrides
{
    /// <param name="assignments"><c>key=value</c> each, hyphens and underscores alike; an empty value takes the recipe's away.</param>
    /// <exception cref="UserErrorException">One is no assignment, or names no setting.</exception>
    public static IReadOnlyDictionary<string, string> Parse(IEnumerable<string> assignments, string? datasetsDirectory)
    {
        Dictionary<string, string> settings = [];
        foreach (var assignment in assignments)
        {
            var (key, at) = (assignment.Split('=')[0].Replace('-', '_'), assignment.IndexOf('='));
            if (at < 1) throw new UserErrorException($"--set {assignment} sets nothing: write a setting and its value, for example --set epochs=2");
            if (!RecipeFile.SettingNames.Contains(key)) throw new UserErrorException($"--set {assignment}: there is no setting '{key}'; the nearest one is '{Nearest.To(key, RecipeFile.SettingNames)}'");
            settings[key] = assignment[(at + 1)..];
        }
        if (datasetsDirectory is not null) settings["datasets_dir"] = datasetsDirectory;
        return settings;
    }
}
