using Itra.Cli.Sweeps;
using Itra.Domain;
using Itra.Domain.Leaderboards;
using Itra.Trainer.Clip;

namespace Itra.Cli.Leaderboards;

/// <summary>Reads a leaderboard's definition from YAML; docs/leaderboards.md explains every key.</summary>
internal static class LeaderboardFile
{
    private static readonly string[] Keys = ["name", "title", "metric", "formula", "dataset", "direction", "weights", "choose", "group", "filters"];

    // Words that stand where a board's name does.
    private static readonly string[] Reserved = ["define", "ls", "show", "preview", "history", "add"];

    private static readonly string[] ChoiceKeys = ["best_by", "dataset", "direction"];

    /// <exception cref="UserErrorException">The file is missing or no definition; the message says where.</exception>
    public static LeaderboardDefinition Load(string path)
    {
        var page = YamlPage.Load<Page>(path, "leaderboard", new Dictionary<string, string[]> { [nameof(Page)] = Keys });
        var name = page.Name ?? Path.GetFileNameWithoutExtension(path);
        if (Reserved.Contains(name)) throw Wrong(path, $"'{name}' is a command of `itra leaderboard`: choose another name");
        return new LeaderboardDefinition(name)
        {
            Title = page.Title, Metric = page.Metric, Formula = page.Formula, Dataset = page.Dataset,
            Direction = DirectionOf(page.Direction, path), Weights = page.Weights is "any" ? null : page.Weights,
            Choose = Choice(page.Choose, path),
            Group = page.Group switch { null or "none" => Grouping.None, "seeds" => Grouping.Seeds, var other => throw Wrong(path, $"group is none or seeds, not '{other}'") },
            Filters = Filters(page.Filters ?? [], path),
        }.Checked();
    }

    /// <summary>A definition as its file has it, key by key.</summary>
    public static IEnumerable<(string Key, string Value)> Lines(LeaderboardDefinition d)
    {
        if (d.Title is { } title) yield return ("title", title);
        yield return d.Formula is { } formula ? ("formula", formula) : ("metric", d.Metric!);
        yield return ("dataset", d.Dataset ?? "any");
        yield return ("direction", d.Direction == Direction.HigherIsBetter ? "higher" : "lower");
        yield return ("weights", d.Weights ?? "any");
        yield return ("choose", d.Choose.Rule != ChoiceRule.BestBy ? d.Choose.Rule.ToString().ToLowerInvariant()
            : $"best by {d.Choose.Metric} on {d.Choose.Dataset ?? "any data set"}{(d.Choose.Direction == Direction.LowerIsBetter ? ", lower is better" : "")}");
        yield return ("group", d.Group.ToString().ToLowerInvariant());
        if (d.Filters.Experiment is { } experiment) yield return ("experiment", experiment);
        if (d.Filters.Trainer is { } trainer) yield return ("trainer", trainer);
        foreach (var (setting, value) in d.Filters.Settings.OrderBy(s => s.Key, StringComparer.Ordinal)) yield return (setting, value);
    }

    private static EpochChoice Choice(object? given, string path)
    {
        switch (given)
        {
            case null or "best":
                return EpochChoice.Best;
            case "last":
                return EpochChoice.Last;
            case Dictionary<object, object?> map:
                var words = map.ToDictionary(p => (string)p.Key, p => p.Value as string);
                if (words.Keys.FirstOrDefault(k => !ChoiceKeys.Contains(k)) is { } unknown)
                    throw Wrong(path, $"choose has no '{unknown}'; the nearest is '{Nearest.To(unknown, ChoiceKeys)}'");
                return new EpochChoice(ChoiceRule.BestBy, words.GetValueOrDefault("best_by"), words.GetValueOrDefault("dataset"), DirectionOf(words.GetValueOrDefault("direction"), path));
            default:
                throw Wrong(path, $"choose is best, last or {{best_by: METRIC, dataset: NAME}}, not '{given}'");
        }
    }

    private static LeaderboardFilters Filters(Dictionary<string, string?> given, string path)
    {
        var settings = given.Where(f => f.Key is not ("experiment" or "trainer")).ToDictionary(f => f.Key, f => f.Value ?? "");
        if (settings.Keys.FirstOrDefault(k => !RecipeFile.SettingNames.Contains(k)) is { } unknown)
            throw Wrong(path, $"there is no setting '{unknown}' to filter by; the nearest is '{Nearest.To(unknown, RecipeFile.SettingNames.Append("experiment"))}'");
        return new LeaderboardFilters(given.GetValueOrDefault("experiment"), given.GetValueOrDefault("trainer")) { Settings = settings };
    }

    private static Direction DirectionOf(string? text, string path) => text switch
    {
        null or "higher" => Direction.HigherIsBetter,
        "lower" => Direction.LowerIsBetter,
        _ => throw Wrong(path, $"direction is higher or lower, not '{text}'"),
    };

    private static UserErrorException Wrong(string path, string what) => new($"{path}: {what}");

    // As the file has it.
    private sealed record Page
    {
        public string? Name { get; init; }
        public string? Title { get; init; }
        public string? Metric { get; init; }
        public string? Formula { get; init; }
        public string? Dataset { get; init; }
        public string? Direction { get; init; }
        public string? Weights { get; init; }
        public object? Choose { get; init; }
        public string? Group { get; init; }
        public Dictionary<string, string?>? Filters { get; init; }
    }
}
