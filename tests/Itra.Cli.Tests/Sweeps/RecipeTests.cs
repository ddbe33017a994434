using Itra.Cli.Sweeps;
using Itra.Domain;
using Itra.Trainer.Clip;

namespace Itra.Cli.Tests.Sweeps;

public class RecipeTests
{
    public static TheoryData<string> Names => [.. Recipes.Files.Select(f => Path.GetFileNameWithoutExtension(f))];

    [Fact]
    public void There_is_one_for_every_table_of_the_guide() => Assert.Equal(
        ["baseline", "batch-size", "ema", "freezing-strategies", "improved-baseline", "lldr", "lr", "partial-image", "partial-text", "prompt", "rsicd",
            "scaled-up-batch", "training-length", "weight-decay", "wise-ft"],
        Recipes.Files.Select(Path.GetFileNameWithoutExtension));

    [Theory, MemberData(nameof(Names))]
    public void Every_trial_can_be_asked_for_and_trains_as_many_parameters_as_the_guide_counts(string name)
    {
        var plan = Recipes.Plan(Recipes.Load(name));
        Assert.All(plan, p => Assert.Equal(name, p.Request.Experiment));
        Assert.All(plan.Where(p => p.Trial.Trainable is not null), p => Assert.Equal(p.Trial.Trainable, ModelParameters.Of(p.Request.Config).Trainable));
    }

    [Theory, MemberData(nameof(Names))]
    public void Every_trial_has_a_place_of_its_own_in_the_picture(string name)
    {
        var recipe = Recipes.Load(name);
        var plan = Recipes.Plan(recipe);
        var places = ReportPicture.Places(recipe.Picture, plan).Zip(plan, (place, trial) => (place.X, recipe.Picture.Series is { } by ? trial.Trial.Settings[by] : ""));
        Assert.Equal(plan.Count, places.Distinct().Count());
    }

    [Theory]
    [InlineData("freezing-strategies", 0, 2_099_201, 16_787_457, 63_690_241, 38_316_897, 102_007_137)]
    [InlineData("partial-text", 525_313, 3_677_697, 6_830_081, 13_134_849, 19_439_617, 25_744_385, 32_049_153, 38_353_921, 63_690_241)]
    [InlineData("partial-image", 14_789_633, 29_754_369, 36_852_737, 38_072_321, 38_288_129, 38_316_897)]
    [InlineData("scaled-up-batch", 102_007_137, 68_108_289, 68_108_289)]
    [InlineData("rsicd", 97_434_369)]
    [InlineData("prompt", 2_049)]
    public void The_freezing_recipes_state_the_counts_of_the_guides_tables(string name, params int[] counts) =>
        Assert.Equal(counts.Select(c => (long)c), Recipes.Load(name).Trials.Select(t => t.Trainable ?? 0));

    [Fact]
    public void Names_of_trials_and_with_them_of_folders_do_not_repeat() =>
        Assert.All(Recipes.Files, f => Assert.Distinct(Recipes.Plan(Recipes.Load(Path.GetFileNameWithoutExtension(f))).Select(p => p.Request.Config.Name)));

    [Theory]
    [InlineData("there is no setting 'learning_rate'", "title: a\nmetric: m\nbase: {learning_rate: 1}\ntrials: [{name: a}]")]
    [InlineData("line 3: there is no 'bese' at this place of a recipe", "title: a\nmetric: m\nbese: {lr: 1}\ntrials: [{name: a}]")]
    [InlineData("there are no trials", "title: a\nmetric: m")]
    [InlineData("two trials have one name", "title: a\nmetric: m\ntrials: [{name: a}, {name: a}]")]
    [InlineData("trial 2: it has no name", "title: a\nmetric: m\ntrials: [{name: a}, {set: {lr: 1}}]")]
    [InlineData("title or metric is missing", "title: a\ntrials: [{name: a}]")]
    [InlineData("is empty", "")]
    public void A_wrong_file_is_one_line_that_says_where(string message, string yaml)
    {
        var error = Assert.Throws<UserErrorException>(() => Recipes.Parse(yaml));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
