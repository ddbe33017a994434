using Itra.Trainer.Clip;

namespace Itra.Trainer.Tests.Clip;

public class LockRemarksTests
{
    private static IReadOnlyList<string> Remarks(string model, params (string Key, string Value)[] flags) => ModelParameters.Of(ClipConfig.Parse(
        new Dictionary<string, string>([.. flags.Select(f => new KeyValuePair<string, string>(f.Key, f.Value))])
        {
            ["image_model"] = model, ["text_model"] = model, ["train_data"] = "none",
        })).Remarks;

    [Fact]
    public void The_guide_s_own_locks_need_no_remark()
    {
        Assert.Empty(Remarks("RN50", ("lock_image_model", "true"), ("lock_image_partial", "!attnpool,!layer4"), ("lock_text_partial", "positional_embedding,token_embedding")));
        Assert.Empty(Remarks("ViT-L-14-336", ("lock_image_model", "true"), ("lock_text_model", "true"),
            ("lock_image_partial", "!ln_post,!resblocks.23,!resblocks.22,!resblocks.21,!resblocks.20,!resblocks.19,!resblocks.18"),
            ("lock_text_partial", "!text_projection,!ln_final,!resblocks.11,!resblocks.10,!resblocks.9")));
    }

    [Fact]
    public void A_keyword_that_matches_nothing_names_what_is_near_it() => Assert.Equal(
        ["--lock-image-partial: '!layr4' matches no parameter of the image tower; near it are layer4, layer1, layer2"],
        Remarks("RN50", ("lock_image_model", "true"), ("lock_image_partial", "!layr4")));

    [Fact]
    public void A_number_that_other_numbers_begin_with_is_pointed_out()
    {
        Assert.Equal(["--lock-text-partial: '!resblocks.1' also matches transformer.resblocks.10, transformer.resblocks.11; for that one alone write 'resblocks.1.' with the dot"],
            Remarks("RN50", ("lock_text_model", "true"), ("lock_text_partial", "!resblocks.1")));
        Assert.Empty(Remarks("RN50", ("lock_text_model", "true"), ("lock_text_partial", "!resblocks.1.")));
        Assert.Empty(Remarks("RN50", ("lock_text_model", "true"), ("lock_text_partial", "!resblocks.1,!resblocks.10,!resblocks.11")));
    }

    [Fact]
    public void A_parameter_s_name_that_is_part_of_other_names_is_pointed_out() => Assert.Equal(
        ["--lock-image-partial: '!proj' also matches transformer.resblocks.0.attn.in_proj_weight, transformer.resblocks.0.attn.in_proj_bias, transformer.resblocks.0.attn.out_proj and 45 more"],
        Remarks("ViT-B-32", ("lock_image_model", "true"), ("lock_image_partial", "!proj")));

    [Theory]
    [InlineData("false", "!layer4", "'!layer4' does nothing: without --lock-image-model all of the tower trains")]
    [InlineData("true", "layer4", "'layer4' does nothing: --lock-image-model freezes all of the tower; to train a part of it write !layer4")]
    [InlineData("true", "!layer4,!", "'!' matches every parameter of the image tower")]
    public void A_keyword_that_does_nothing_or_everything_is_pointed_out(string locked, string partial, string remark) =>
        Assert.Contains(remark, Assert.Single(Remarks("RN50", ("lock_image_model", locked), ("lock_image_partial", partial))), StringComparison.Ordinal);

    [Fact]
    public void A_training_warns_before_it_begins()
    {
        using var world = new TinyWorld();
        Assert.NotEmpty(world.Train(world.Spec(("lock_text_partial", "resblock.0")), TestContext.Current.CancellationToken));
        Assert.Contains(world.Warnings, w => w.Contains("'resblock.0' matches no parameter of the text tower; near it are resblocks.0", StringComparison.Ordinal));
    }
}
