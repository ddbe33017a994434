using System.Text.RegularExpressions;
using Itra.Cli.Arguments;
using Itra.Trainer.Clip;

namespace Itra.Cli.Tests.Sweeps;

/// <summary>docs/training.md says what can be typed, and counts what it would train.</summary>
public partial class TrainingDocumentTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Recipes.Root, "docs", "training.md")).Replace("\\\n", " ");

    public static TheoryData<string> Commands => [.. Command().Matches(Text).Select(m => m.Groups[1].Value)];

    private static IReadOnlyList<string> Words(string command) =>
        [.. Word().Matches(command.Replace("$COMMON", Common().Match(Text).Groups[1].Value)).Select(m => m.Value.Trim('\''))];

    [Theory, MemberData(nameof(Commands))]
    public void Every_training_command_is_understood(string command) => Assert.NotNull(TrainRequest.Read(Words(command)));

    [Fact]
    public void There_is_one_for_every_task() => Assert.Equal(11, Commands.Count);

    [Theory]
    [InlineData("10ep-bs256-lr1e-5-wd0.5", "102,007,137", 256)]
    [InlineData("bs1792-lr7e-5", "68,108,289", 1792)]
    [InlineData("coco-finetune-nprompt-4", "2,049", 100)]
    public void Its_counts_are_those_of_its_commands(string name, string trainable, int pairs)
    {
        var config = Commands.Select(c => TrainRequest.Read(Words(c.Data)).Config).Single(c => c.Name == name);
        Assert.Equal(trainable, ModelParameters.Of(config).Trainable.ToString("N0"));
        Assert.Contains(trainable, Text, StringComparison.Ordinal);
        Assert.Equal(pairs, config.BatchSize * config.AccumFreq);
    }

    [Fact]
    public void Every_recipe_is_named_in_it_and_every_name_is_one() => Assert.Equal(
        Recipes.Files.Select(Path.GetFileName).Order(StringComparer.Ordinal), RecipeName().Matches(Text).Select(m => m.Value).Distinct().Order(StringComparer.Ordinal));

    [GeneratedRegex(@"^    \./itra train (.*)$", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex("COMMON=\"([^\"]*)\"")]
    private static partial Regex Common();

    [GeneratedRegex(@"'[^']*'|[^\s']+")]
    private static partial Regex Word();

    [GeneratedRegex(@"[a-z-]+\.yaml")]
    private static partial Regex RecipeName();
}
