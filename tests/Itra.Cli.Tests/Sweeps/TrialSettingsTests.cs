using Itra.Domain;

namespace Itra.Cli.Tests.Sweeps;

public class TrialSettingsTests
{
    private const string EightDevices = """
        title: t
        metric: retrieval-mean-recall
        base: {nproc_per_node: 8, train_data: mscoco_captions, batch_size: 32, image_model: RN50, text_model: RN50, lock_image_model: true, opt_betas: 0.9 0.98, logs: none}
        trials:
          - {name: a}
          - {name: b, set: {batch_size: 4, lock_image_model: false}}
        """;

    private static (int Batch, int Accumulation)[] Divided(params string[] set) =>
        [.. Recipes.Plan(Recipes.Parse(EightDevices), set).Select(p => (p.Request.Config.BatchSize, p.Request.Config.AccumFreq))];

    [Fact]
    public void On_one_device_an_update_gathers_the_pairs_of_all_of_the_recipes() => Assert.Equal([(32, 8), (4, 8)], Divided());

    [Fact]
    public void A_batch_size_that_is_set_divides_the_same_pairs_otherwise() => Assert.Equal([(16, 16), (16, 2)], Divided("batch_size=16"));

    [Fact]
    public void So_does_a_number_of_batches() => Assert.Equal([(64, 4), (8, 4)], Divided("accum-freq=4"));

    [Fact]
    public void Both_together_are_taken_as_they_are() => Assert.Equal([(5, 3), (5, 3)], Divided("batch_size=5", "accum_freq=3"));

    [Fact]
    public void Pairs_that_cannot_be_divided_so_are_refused() =>
        Assert.Contains("256 pairs per update are not a multiple of 48", Assert.Throws<UserErrorException>(() => Divided("batch_size=48")).Message, StringComparison.Ordinal);

    [Fact]
    public void Switches_and_several_values_become_flags_as_one_types_them()
    {
        var plan = Recipes.Plan(Recipes.Parse(EightDevices), "lr=1e-4");
        Assert.Contains("--lock-image-model", plan[0].Words);
        Assert.DoesNotContain("--lock-image-model", plan[1].Words);
        Assert.Equal([0.9, 0.98], plan[1].Request.Config.OptBetas);
        Assert.Equal((1e-4, "b"), (plan[1].Request.Config.Lr, plan[1].Request.Config.Name));
    }

    [Theory]
    [InlineData("epochs")]
    [InlineData("=3")]
    public void What_is_no_assignment_is_refused(string set) =>
        Assert.Contains("sets nothing", Assert.Throws<UserErrorException>(() => Divided(set)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_setting_that_there_is_not_is_refused_with_the_nearest() =>
        Assert.Contains("there is no setting 'epoch'; the nearest one is 'epochs'", Assert.Throws<UserErrorException>(() => Divided("epoch=3")).Message, StringComparison.Ordinal);
}
