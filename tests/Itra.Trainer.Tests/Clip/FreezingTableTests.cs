using Itra.Trainer.Clip;

namespace Itra.Trainer.Tests.Clip;

/// <summary>The guide's two freezing tables and what else it counts, at full size, from shapes alone. It gives millions; the exact figures are the original program's.</summary>
public class FreezingTableTests
{
    private const string BothLocked = "lock_image_model=true lock_text_model=true ";

    [Theory]
    [InlineData("", 102_007_137)]
    [InlineData(BothLocked + "image_head_n_layers=1 text_head_n_layers=1 joint_projection_dim=1024", 2_099_201)]
    [InlineData("lock_image_model=true", 63_690_241)]
    [InlineData("lock_text_model=true", 38_316_897)]
    [InlineData(BothLocked + "lock_text_partial=!text_projection,!ln_final", 525_313)]
    [InlineData(BothLocked + "lock_text_partial=!text_projection,!ln_final,!resblocks.11", 3_677_697)]
    [InlineData(BothLocked + "lock_text_partial=!text_projection,!ln_final,!resblocks.11,!resblocks.10", 6_830_081)]
    [InlineData("lock_image_model=true lock_text_partial=positional_embedding,token_embedding", 38_353_921)]
    [InlineData(BothLocked + "lock_image_partial=!attnpool", 14_789_633)]
    [InlineData(BothLocked + "lock_image_partial=!attnpool,!layer4", 29_754_369)]
    [InlineData(BothLocked + "lock_image_partial=!attnpool,!layer4,!layer3", 36_852_737)]
    [InlineData(BothLocked + "lock_image_partial=!attnpool,!layer4,!layer3,!layer2", 38_072_321)]
    [InlineData(BothLocked + "lock_image_partial=!attnpool,!layer4,!layer3,!layer2,!layer1", 38_288_129)]
    [InlineData("lock_image_model=true lock_image_partial=!attnpool,!layer4 lock_text_partial=positional_embedding,token_embedding", 68_108_289)]
    [InlineData(BothLocked + "prompt=true n_prompt=4", 2_049)]
    public void A_row_of_RN50_trains_exactly_what_the_guide_counts(string flags, long trainable) => Assert.Equal((trainable, 102_007_137L), Counts("RN50", flags));

    [Theory]
    [InlineData(8, 13_134_849)]
    [InlineData(6, 19_439_617)]
    [InlineData(4, 25_744_385)]
    [InlineData(2, 32_049_153)]
    [InlineData(0, 38_353_921)]
    public void Text_blocks_from_one_up_train_exactly_what_the_guide_counts(int first, long trainable)
    {
        // With the dot, as '!resblocks.1' would take 10 and 11 along.
        var blocks = string.Join(',', Enumerable.Range(first, 12 - first).Select(b => $"!resblocks.{b}."));
        Assert.Equal(trainable, Counts("RN50", $"{BothLocked}lock_text_partial=!text_projection,!ln_final,{blocks}").Trainable);
    }

    [Fact]
    public void Three_layers_in_both_heads_train_exactly_what_the_guide_counts() => Assert.Equal(
        16_787_457, Counts("RN50", BothLocked + "image_head_n_layers=3 text_head_n_layers=3 joint_projection_dim=1024").Trainable);

    [Fact]
    public void What_runs_without_gradient_and_by_which_statistics_follows_from_the_locks()
    {
        var locked = ModelParameters.Of(Config("RN50", "lock_image_model=true lock_text_model=true lock_text_partial=!ln_final"));
        Assert.Equal((false, true, (bool?)false), (locked.ImageGradient, locked.TextGradient, locked.BatchStatistics));
        var partly = ModelParameters.Of(Config("RN50", "lock_image_partial=layer1"));
        Assert.Equal((true, true, (bool?)true), (partly.ImageGradient, partly.TextGradient, partly.BatchStatistics));
        Assert.Null(ModelParameters.Of(Config("ViT-B-32", "")).BatchStatistics);
    }

    private static (long Trainable, long Total) Counts(string model, string flags)
    {
        var parameters = ModelParameters.Of(Config(model, flags));
        // Heads and prompt are not among the guide's 102 million.
        return (parameters.Trainable, parameters.Image.Total + parameters.Text.Total + 1);
    }

    private static ClipConfig Config(string model, string flags)
    {
        var settings = flags.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(f => f.Split('=')).ToDictionary(f => f[0], f => f[1]);
        (settings["image_model"], settings["text_model"], settings["train_data"]) = (model, model, "none");
        return ClipConfig.Parse(settings);
    }
}
