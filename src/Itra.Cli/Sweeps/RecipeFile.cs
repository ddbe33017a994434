using System.Text.RegularExpressions;
using Itra.Cli.Arguments;
using Itra.Domain;
using Itra.Trainer.Clip;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Itra.Cli.Sweeps;

/// <summary>Reads a recipe from YAML. Whether its settings make sense together is seen when trials are made of them.</summary>
internal static partial class RecipeFile
{
    private static readonly IDeserializer Reader = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).WithDuplicateKeyChecking().Build();

    /// <exception cref="UserErrorException">The file is missing or no recipe; the message says where.</exception>
    public static Recipe Load(string path)
    {
        if (!File.Exists(path)) throw new UserErrorException($"there is no recipe {path}; the guide's are in recipes/");
        Page page;
        try
        {
            page = ShallowYaml.Read(path, Reader.Deserialize<Page?>) ?? throw new UserErrorException($"{path} is empty: a recipe has title, guide, metric, base and trials");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the recipe {path} cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
        catch (YamlException e)
        {
            throw new UserErrorException($"{path}, line {e.Start.Line}: {Told((e.InnerException ?? e).Message.ReplaceLineEndings(" "))}", e);
        }

        Require(page.Title is not null && page.Metric is not null, path, "title or metric is missing");
        Require(page.Also?.Contains(null) is not true, path, "also holds a metric without a name");
        Require(page.Trials is { Count: > 0 }, path, "there are no trials");
        Trial[] trials = [.. page.Trials!.Select((t, i) => Trial(t ?? new TrialPage(), $"{path}, trial {i + 1}"))];
        Require(trials.DistinctBy(t => t.Name).Count() == trials.Length, path, "two trials have one name");
        return new Recipe(
            Path.GetFileNameWithoutExtension(path), page.Title!, page.Guide ?? "", page.Metric!, page.Also?.OfType<string>().ToList() ?? [],
            new Picture(page.Picture?.X, page.Picture?.Scale ?? AxisScale.Even, page.Picture?.Series), Settings(page.Base, path), trials);
    }

    private static Trial Trial(TrialPage trial, string place)
    {
        Require(!string.IsNullOrWhiteSpace(trial.Name), place, "it has no name");
        return new Trial(
            trial.Name!, Settings(trial.Set, place),
            (trial.Published ?? []).Where(p => p.Value is not null).ToDictionary(p => p.Key, p => p.Value!.Value), trial.Trainable);
    }

    private static Dictionary<string, string> Settings(Dictionary<string, string?>? given, string place)
    {
        foreach (var key in (given ?? []).Keys.Where(key => !SettingNames.Contains(key)))
            throw new UserErrorException($"{place}: there is no setting '{key}'; the nearest one is '{Nearest.To(key, SettingNames)}'");
        return (given ?? []).ToDictionary(s => s.Key, s => s.Value ?? "");
    }

    /// <summary>What a recipe and <c>--set</c> may set.</summary>
    public static IReadOnlyCollection<string> SettingNames { get; } = [.. ClipConfig.Flags.Select(f => f.Key), TrialSettings.Devices, "trainer"];

    /// <summary>YamlDotNet names the record that lacks a key; whoever wrote the recipe does not know it.</summary>
    private static string Told(string message) => UnknownKey().Replace(message, "there is no '$1' at this place of a recipe");

    [GeneratedRegex(@"Property '([^']*)' not found on type '[^']*'\.?")]
    private static partial Regex UnknownKey();

    private static void Require(bool holds, string place, string otherwise)
    {
        if (!holds) throw new UserErrorException($"{place}: {otherwise}");
    }

    // As the file has it.

    private sealed record Page
    {
        public string? Title { get; init; }
        public string? Guide { get; init; }
        public string? Metric { get; init; }
        public List<string?>? Also { get; init; }
        public PicturePage? Picture { get; init; }
        public Dictionary<string, string?>? Base { get; init; }
        public List<TrialPage?>? Trials { get; init; }
    }

    private sealed record PicturePage
    {
        public string? X { get; init; }
        public AxisScale Scale { get; init; }
        public string? Series { get; init; }
    }

    private sealed record TrialPage
    {
        public string? Name { get; init; }
        public Dictionary<string, string?>? Set { get; init; }
        public long? Trainable { get; init; }
        public Dictionary<string, double?>? Published { get; init; }
    }
}
