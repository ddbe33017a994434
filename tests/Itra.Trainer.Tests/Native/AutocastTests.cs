using Itra.Trainer.Clip;
using Itra.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Native;

public class AutocastTests
{
    private const int Rows = 4;
    private static readonly TextSizes Text = new(Width: 32, Heads: 2, Layers: 2, ContextLength: 16, VocabularySize: 50);
    private static readonly ClipFamily ResNet = new("resnet", 16, new ResNetSizes(32, 8, [1, 1, 1, 1], 8), null, Text, QuickGelu: true);
    private static readonly ClipFamily Vit = new("vit", 16, null, new VisionTransformerSizes(32, 16, 32, 2, 2), Text, QuickGelu: true);

    [Theory]
    [InlineData("resnet", "false")]
    [InlineData("vit", "false")]
    [InlineData("resnet", "true")]
    [InlineData("vit", "true")]
    public void By_hand_it_computes_what_libtorch_s_own_computes_to_the_bit(string tower, string recompute)
    {
        Assert.True(Autocast.Path.IsUsed, Autocast.Path.Missing);
        var own = Gradients(tower, recompute, Autocast.On);
        var byHand = Gradients(tower, recompute, Autocast.ByHand);
        var plain = Gradients(tower, recompute, (_, _) => Autocast.Off);
        Assert.Equal(own, byHand);
        Assert.NotEqual(plain, byHand);
        Assert.False(Autocast.IsOn);
    }

    private static List<float> Gradients(string tower, string recompute, Func<DeviceType, ScalarType, Autocast> open)
    {
        using var scope = NewDisposeScope();
        var config = ClipConfig.Parse(new Dictionary<string, string> { ["image_model"] = tower, ["text_model"] = tower, ["train_data"] = "none", ["grad_checkpointing"] = recompute });
        var family = tower == "vit" ? Vit : ResNet;
        var model = new ClipModel(family, family, config);
        using var weights = ModelTensors.Create(model.Plan, seed: 0);
        foreach (var plan in model.Plan.Where(p => !p.IsBuffer)) weights[plan.Name].requires_grad_(true);
        using var generator = new Generator(1);
        Tensor image, text, images = randn([Rows, 3, 32, 32], generator: generator), tokens = randint(1, 50, [Rows, 12], ScalarType.Int64, generator: generator);
        using (open(DeviceType.CPU, ScalarType.BFloat16))
        {
            image = model.EncodeImage(weights, images, batchStatistics: true);
            text = model.EncodeText(weights, tokens);
        }
        autograd.backward([image, text], [ones_like(image), ones_like(text)]);
        return
        [
            .. image.to(ScalarType.Float32).data<float>(), .. text.to(ScalarType.Float32).data<float>(),
            .. model.Plan.Where(p => weights[p.Name].grad is not null).SelectMany(p => weights[p.Name].grad!.contiguous().data<float>().ToArray()),
        ];
    }
}
