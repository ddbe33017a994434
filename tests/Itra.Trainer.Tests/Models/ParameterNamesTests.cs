using Itra.Domain;
using Itra.Trainer.Models;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Models;

public sealed class ParameterNamesTests : IDisposable
{
    private readonly ScratchFolder scratch = new();
    private readonly TorchSharp.DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        scratch.Dispose();
    }

    [Theory]
    [InlineData("visual.layer1.0.bn1.running_mean", "image_backbone.layer1.0.bn1.running_mean")]
    [InlineData("visual.transformer.resblocks.0.ln_1.weight", "image_backbone.transformer.resblocks.0.ln_1.weight")]
    [InlineData("transformer.resblocks.0.attn.in_proj_weight", "text_backbone.transformer.resblocks.0.attn.in_proj_weight")]
    [InlineData("positional_embedding", "text_backbone.positional_embedding")]
    [InlineData("text_projection", "text_backbone.text_projection")]
    [InlineData("token_embedding.weight", "text_backbone.token_embedding.weight")]
    [InlineData("ln_final.bias", "text_backbone.ln_final.bias")]
    [InlineData("logit_scale", "logit_scale")]
    public void OpenAI_names_have_ITRA_names_and_back(string openAi, string itra)
    {
        Assert.Equal(itra, ParameterNames.ToItra(openAi));
        Assert.Equal(itra, ParameterNames.ToItra(itra));
        Assert.Equal(itra, ParameterNames.ToItra("module." + openAi));
        Assert.Equal(itra, ParameterNames.ToItra("module." + itra));
        Assert.Equal(openAi, ParameterNames.ToOpenAi(itra));
    }

    [Theory]
    [InlineData("prompt")]
    [InlineData("image_projection_head.mlp.0.weight")]
    [InlineData("text_projection_head.mlp.weight")]
    public void Heads_and_prompts_exist_only_in_ITRA(string name)
    {
        Assert.Equal(name, ParameterNames.ToItra(name));
        Assert.Null(ParameterNames.ToOpenAi(name));
    }

    [Fact]
    public void Facts_listed_among_the_tensors_are_no_parameters()
    {
        foreach (var name in new[] { "input_resolution", "context_length", "vocab_size" }) Assert.Null(ParameterNames.ToItra(name));
        Assert.Throws<FormatException>(() => ParameterNames.ToItra("bert.embeddings"));
        Assert.Throws<FormatException>(() => ParameterNames.ToOpenAi("visual.proj"));
    }

    [Fact]
    public void A_state_dict_comes_in_the_order_of_ITRA_in_full_precision_wherever_it_lies_in_the_file()
    {
        var weights = new OrderedDictionary<string, Tensor>
        {
            ["module.visual.bn1.num_batches_tracked"] = tensor(3L),
            ["module.visual.proj"] = tensor(0.5f).to_type(ScalarType.BFloat16),
            ["module.text_projection"] = tensor(0.25f).to_type(ScalarType.Float16),
            ["module.logit_scale"] = tensor(2.0).to_type(ScalarType.Float64),
        };
        TorchArchive.Write(scratch.File("a.pt"), new Dictionary<string, object?> { ["epoch"] = 2, ["state_dict"] = weights, ["optimizer"] = null });
        using var read = StateDict.Read(scratch.File("a.pt"));
        Assert.Equal(["logit_scale", "text_backbone.text_projection", "image_backbone.bn1.num_batches_tracked", "image_backbone.proj"], read.Keys);
        Assert.Equal([2f, 0.25f, 0.5f], [read["logit_scale"].item<float>(), read["text_backbone.text_projection"].item<float>(), read["image_backbone.proj"].item<float>()]);
        Assert.Equal(3L, read["image_backbone.bn1.num_batches_tracked"].item<long>());
    }

    [Fact]
    public void A_parameter_under_two_names_is_refused()
    {
        SafeTensors.Write(scratch.File("a.safetensors"), [("visual.proj", ones(1)), ("image_backbone.proj", ones(1))]);
        Assert.Contains("two names", Assert.Throws<UserErrorException>(() => StateDict.Read(scratch.File("a.safetensors"))).Message, StringComparison.Ordinal);
    }
}
