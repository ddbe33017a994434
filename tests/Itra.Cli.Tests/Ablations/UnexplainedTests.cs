using Itra.Cli.Ablations;
using Itra.Tracking.Comparison;

namespace Itra.Cli.Tests.Ablations;

public class UnexplainedTests
{
    private static readonly RunComparison Two = new(["run-a", "run-b"], [], [], [], [Setting("lr", "1", "2"), Setting("novelty", null, "5"), Setting("eval_first", "false", "true")], [],
    [
        Other("code", "commit", "aa", null), Other("data", "train", "d1", "d2"), Other("weights", "initial", "w1", "w2"), Other("weights", "branched from", null, "run-c at epoch 3"),
        Other("packages", "TorchSharp", "1", "2"), Other("machine", "threads", "1", "2"), Other("machine", "host", "x", "y"),
    ], [], []);

    private static SettingDifference Setting(string name, params string?[] values) => new(name, values, [null, null]);

    private static Circumstance Other(string kind, string what, params string?[] values) => new(kind, what, values);

    [Fact]
    public void What_no_flag_can_change_is_listed_and_machines_only_where_they_calculate() => Assert.Equal(
    [
        "setting: novelty not recorded against 5", "code: commit aa against not recorded", "data: train d1 against d2", "weights: initial w1 against w2",
        "weights: branched from not recorded against run-c at epoch 3", "packages: TorchSharp 1 against 2", "machine: threads 1 against 2",
    ], Unexplained.Of(Two, ["lr"]));

    [Theory]
    [InlineData("train_data", "data: train")]
    [InlineData("pretrained_image_model", "weights: initial")]
    [InlineData("seed", "weights: initial")]
    public void What_follows_from_a_changed_setting_is_explained_by_it(string setting, string explained)
    {
        Assert.DoesNotContain(Unexplained.Of(Two, ["lr", setting]), line => line.StartsWith(explained, StringComparison.Ordinal));
        Assert.Contains(Unexplained.Of(Two, ["lr", setting]), line => line.StartsWith("weights: branched", StringComparison.Ordinal));
    }
}
