using Itra.Domain;
using Itra.Trainer.Models;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Models;

public sealed class ModelExportTests : IDisposable
{
    private readonly ScratchFolder scratch = new();
    private readonly TorchSharp.DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        scratch.Dispose();
    }

    [Theory]
    [InlineData("out.safetensors")]
    [InlineData("out.pt")]
    public void An_export_has_OpenAI_names_and_lists_what_has_no_place_there(string target)
    {
        (string, Tensor)[] tensors = [("logit_scale", tensor(1f)), ("image_backbone.proj", ones(2, 3)), ("text_backbone.text_projection", zeros(3, 2)), ("prompt", ones(4, 2)), ("image_projection_head.mlp.weight", ones(1))];
        SafeTensors.Write(scratch.File("in.safetensors"), tensors);
        var exported = ModelExport.Write(scratch.File("in.safetensors"), scratch.File(target));

        Assert.Equal(["prompt", "image_projection_head.mlp.weight"], exported.LeftOut);
        Assert.Equal((3, new FileInfo(scratch.File(target)).Length), (exported.Tensors, exported.File.Bytes));
        using var file = WeightFile.Open(scratch.File(target));
        Assert.Equal(["logit_scale", "text_projection", "visual.proj"], file.Tensors.Select(t => t.Name));
        TensorAssert.Same(ones(2, 3), file.Load("visual.proj"), "visual.proj");
    }

    [Fact]
    public void A_target_of_unknown_form_is_refused_before_anything_is_read() =>
        Assert.Contains(".safetensors or .pt", Assert.Throws<UserErrorException>(() => ModelExport.Write("missing", "out.onnx")).Message, StringComparison.Ordinal);
}
