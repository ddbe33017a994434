using Itra.Cli.Arguments;
using Itra.Cli.Sweeps;
using Itra.Domain;

namespace Itra.Fuzz.Tests.Hostile;

[Trait("Category", "Fuzz")]
public sealed class HostileYamlTests : IDisposable
{
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    // Without a limit each of these ends the process: there is no exception for a stack that is full.
    [Theory]
    [InlineData("[", "")]
    [InlineData("{a: ", "")]
    [InlineData("- ", "a")]
    [InlineData("? ", "a")]
    public void Values_a_hundred_thousand_deep_are_refused(string opening, string end) =>
        Refused("name: " + (opening[0] is '[' or '{' ? "" : "\n  ") + string.Concat(Enumerable.Repeat(opening, 100_000)) + end, "nested more than");

    [Fact]
    public void A_bomb_of_aliases_is_refused()
    {
        var levels = Enumerable.Range(1, 9).Select(i => $"l{i}: &l{i} [{string.Join(", ", Enumerable.Repeat($"*l{i - 1}", 9))}]");
        Refused($"l0: &l0 [lol, lol]\n{string.Join('\n', levels)}\n", "");
        Refused($"name: &a b\nopt_betas: [{string.Join(", ", Enumerable.Repeat("*a", 101))}]\n", "aliases");
    }

    [Fact]
    public void A_list_that_contains_itself_is_refused() => Refused("opt_betas: &a [*a]\n", "");

    [Theory]
    [InlineData("a: &a b\n*a\n", "is no YAML")]
    [InlineData("...\nname: a\u007f\u00ff#", "")]
    [InlineData("? [lr]\n: 1\n", "the name of a setting is a list")]
    [InlineData("opt_betas: [[0.9], 0.98]\n", "settings of its own")]
    public void What_the_library_stumbles_over_is_a_refusal(string yaml, string because)
    {
        var path = scratch.File("a.yml", yaml);
        var refusal = Assert.Throws<UserErrorException>(() => SettingsFile.Read(path));
        Assert.Contains(because, refusal.Message, StringComparison.Ordinal);
        Refusal.Of(refusal, path);
    }

    [Fact]
    public void A_tag_that_names_code_is_text_and_nothing_more() =>
        Assert.Equal("touch /tmp/owned", SettingsFile.Read(scratch.File("a.yml", "name: !!python/object/apply:os.system 'touch /tmp/owned'\n")).Values["name"]);

    [Fact]
    public void A_file_of_megabytes_is_refused() => Refused("name: " + new string('a', 2 << 20), "no file of settings has more");

    [Theory]
    [InlineData("trials: [{name: a}, null]", "trial 2: it has no name")]
    [InlineData("also: [n, ~]\ntrials: [{name: a}]", "a metric without a name")]
    public void Nothing_where_a_recipe_needs_something_is_refused(string rest, string because)
    {
        var path = scratch.File("a.yaml", "title: a\nmetric: m\n" + rest);
        Assert.Contains(because, Assert.Throws<UserErrorException>(() => RecipeFile.Load(path)).Message, StringComparison.Ordinal);
    }

    /// <summary>As settings, and as a recipe, for which it may have the wrong shape as well.</summary>
    private void Refused(string yaml, string because)
    {
        var path = scratch.File("a.yml", yaml);
        var refusal = Assert.Throws<UserErrorException>(() => SettingsFile.Read(path));
        Assert.Contains(because, refusal.Message, StringComparison.Ordinal);
        Refusal.Of(refusal, path);
        var recipe = scratch.File("a.yaml", yaml.Replace("name: ", "title: ", StringComparison.Ordinal).Replace("opt_betas: ", "also: ", StringComparison.Ordinal));
        Refusal.Of(Assert.Throws<UserErrorException>(() => RecipeFile.Load(recipe)), recipe);
    }
}
