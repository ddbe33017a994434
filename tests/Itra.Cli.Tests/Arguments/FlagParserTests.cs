using Itra.Cli.Arguments;
using Itra.Domain;

namespace Itra.Cli.Tests.Arguments;

public class FlagParserTests
{
    private static readonly FlagParser Parser = new(
    [
        new("lr", "lr", FlagArity.One), new("logs", "logs", FlagArity.One), new("name", "name", FlagArity.One),
        new("loss", "loss", FlagArity.One), new("epochs", "epochs", FlagArity.One), new("weight_decay", "weight_decay", FlagArity.One),
        new("lock-image-model", "lock_image_model", FlagArity.Switch), new("lock-image-partial", "lock_image_partial", FlagArity.One),
        new("text-model-builder", "text_model_builder", FlagArity.One), new("pretrained-image-model", "pretrained_image_model", FlagArity.Switch),
        new("joint-projection-dim", "joint_projection_dim", FlagArity.One), new("opt_betas", "opt_betas", FlagArity.Many),
        new("config-yaml", "config_yaml", FlagArity.One),
    ]);

    private static IReadOnlyDictionary<string, string> Parse(params string[] words) => Parser.Parse(words);

    private static string Refusal(params string[] words) => Assert.Throws<UserErrorException>(() => Parse(words)).Message;

    [Fact]
    public void A_value_follows_its_flag_or_an_equals_sign() =>
        Assert.Equal(new Dictionary<string, string> { ["lr"] = "3125e-8", ["name"] = "a=b" }, Parse("--lr", "3125e-8", "--name=a=b"));

    [Fact]
    public void Hyphens_and_underscores_are_the_same() =>
        Assert.Equal(new Dictionary<string, string> { ["weight_decay"] = "0.5", ["lock_image_model"] = "true" }, Parse("--weight-decay", "0.5", "--lock_image_model"));

    [Fact]
    public void An_unambiguous_prefix_is_enough() => Assert.Equal("3", Parse("--epoch", "3")["epochs"]);

    [Fact]
    public void A_whole_name_wins_over_names_that_begin_with_it() => Assert.Equal("1e-5", Parse("--lr", "1e-5")["lr"]);

    [Fact]
    public void An_ambiguous_prefix_names_the_candidates() =>
        Assert.Equal("--lock is short for several flags: --lock-image-model, --lock-image-partial", Refusal("--lock"));

    [Fact]
    public void The_last_of_two_wins() => Assert.Equal("2", Parse("--lr", "1", "--lr", "2")["lr"]);

    [Fact]
    public void Several_values_are_taken_up_to_the_next_flag() =>
        Assert.Equal(new Dictionary<string, string> { ["opt_betas"] = "0.9 0.98", ["lr"] = "1" }, Parse("--opt_betas", "0.9", "0.98", "--lr", "1"));

    [Fact]
    public void A_negative_number_is_a_value() => Assert.Equal("-1", Parse("--joint-projection-dim", "-1")["joint_projection_dim"]);

    [Fact]
    public void An_empty_value_is_a_value() => Assert.Equal("", Parse("--lock-image-partial", "")["lock_image_partial"]);

    [Fact]
    public void An_unknown_flag_names_the_nearest_known_one() =>
        Assert.StartsWith("unknown flag --weigth-decay; the nearest known one is --weight_decay", Refusal("--weigth-decay", "1"));

    [Theory]
    [InlineData("--lr needs a value", "--lr")]
    [InlineData("--lr needs a value", "--lr", "--epochs", "1")]
    [InlineData("--lock-image-model takes no value: leave out '=1'", "--lock-image-model=1")]
    [InlineData("flags begin with two dashes: write --lr", "-lr", "1")]
    [InlineData("'openclip' is not a flag; `itra train --help` lists them", "openclip")]
    public void What_is_wrong_is_said(string message, params string[] words) => Assert.Equal(message, Refusal(words));

    [Fact]
    public void A_word_too_many_is_not_taken_for_a_flag() => Assert.StartsWith("'run' belongs to no flag", Refusal("--name", "my", "run"));

    [Fact]
    public void Typographic_dashes_and_quotes_are_answered_with_the_corrected_command() =>
        Assert.EndsWith("did you mean: itra train --config-yaml logs/params.yml --name custom-name",
            Refusal("–config-yaml", "‘logs/params.yml’", "–name", "‘custom-name’"));

    [Fact]
    public void Typographic_quotes_around_blanks_are_answered_with_real_ones() =>
        Assert.EndsWith("itra train --name 'my best run' --lr 1", Refusal("—name", "“my", "best", "run”", "—lr", "1"));

    [Theory]
    [InlineData("openclip--pretrained-image-model")]
    [InlineData("‘openclip’–pretrained-image-model")]
    public void A_lost_blank_is_answered_with_the_corrected_command(string word) =>
        Assert.EndsWith("did you mean: itra train --text-model-builder openclip --pretrained-image-model", Refusal("--text-model-builder", word));

    [Fact]
    public void A_value_may_look_like_a_lost_blank_behind_an_equals_sign() => Assert.Equal("a--lr", Parse("--name=a--lr")["name"]);

    [Fact]
    public void Two_dashes_in_a_value_are_fine_if_no_flag_follows_them() => Assert.Equal("a--b", Parse("--name", "a--b")["name"]);
}
