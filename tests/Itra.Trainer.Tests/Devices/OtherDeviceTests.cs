using Itra.Trainer.Clip;
using Itra.Trainer.Data;
using Itra.Trainer.Evaluation;
using Itra.Trainer.Tests.Clip;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Devices;

/// <summary>
/// Training and encoding with every tensor on another device than the host. It is libtorch's <c>meta</c>, which has shapes and no values:
/// arithmetic that meets a tensor of the host beside one of it throws, as it would with a GPU.
/// </summary>
/// <remarks>Matrix products and <c>cat</c> do not look at devices there; what they are given is covered by where the weights are, and by the rule that no tensor is made without naming its device.</remarks>
public class OtherDeviceTests
{
    private const int Rows = 4;

    private static readonly TextSizes Text = new(Width: 32, Heads: 2, Layers: 2, ContextLength: 16, VocabularySize: 50);
    private static readonly ClipFamily ResNet = new("resnet", 16, new ResNetSizes(32, 8, [1, 1, 1, 1], 8), null, Text, QuickGelu: true);
    private static readonly ClipFamily Vit = new("vit", 16, null, new VisionTransformerSizes(32, 16, 32, 2, 2), Text, QuickGelu: true);

    public static TheoryData<string, string> Kinds =>
        [.. from tower in new[] { "resnet", "vit" }
            from kind in new[] { "plain", "ema", "sgd", "adam", "decay", "accumulation", "chunks", "recomputed", "prompt", "heads", "locks" }
            select (tower, kind)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_step_mixes_in_nothing_of_the_host(string tower, string kind)
    {
        using var scope = NewDisposeScope();
        var (model, config, weights) = Make(tower, META, Settings(kind));
        using var learner = new ClipLearner(model, weights, config, totalSteps: 10) { Read = _ => 1 };
        learner.Step(Normalisation.Normalise(Pixels(META)), Tokens(META), 0);
        learner.Step(Normalisation.Normalise(Pixels(META)), Tokens(META), 1);
        Assert.All(model.Plan, p => Assert.Equal(DeviceType.META, learner.Weights[p.Name].device_type));
        Assert.All(learner.Optimizer.State.Values.Append(learner.Parameters.Data).Append(learner.Parameters.Gradient), t => Assert.Equal(DeviceType.META, t.device_type));
        if (learner.Average is { } average) Assert.All(model.Plan, p => Assert.Equal(DeviceType.META, average.Tensors[p.Name].device_type));
        Assert.Equal(2, learner.Optimizer.Updates);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Encoding_for_an_evaluation_mixes_in_nothing_of_the_host(string tower, string kind)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (model, _, weights) = Make(tower, META, Settings(kind));
        var image = Features.UnitLength(model.EncodeImage(weights, Normalisation.Normalise(Pixels(META)), batchStatistics: false));
        var text = Features.UnitLength(model.EncodeText(weights, Tokens(META)));
        Assert.Equal((DeviceType.META, DeviceType.META), (image.device_type, text.device_type));
        Assert.Equal(image.shape, text.shape);
    }

    [Fact]
    public void Mixtures_and_copies_stay_where_their_weights_are()
    {
        using var scope = NewDisposeScope();
        var (model, _, weights) = Make("resnet", META, []);
        using var mixed = WeightInterpolation.Mix(weights, weights, 0.5);
        using var host = ModelTensors.Create(model.Plan, seed: 1);
        using var copied = host.Clone(META);
        foreach (var tensors in new[] { mixed, copied })
        {
            Assert.Equal(DeviceType.META, tensors.Device.type);
            Assert.All(model.Plan, p => Assert.Equal(DeviceType.META, tensors[p.Name].device_type));
        }
    }

    [Theory]
    [InlineData("resnet")]
    [InlineData("vit")]
    public void What_stands_for_libtorch_s_kernels_there_computes_the_same(string tower)
    {
        using var scope = NewDisposeScope();
        var (model, config, plain) = Make(tower, CPU, []);
        using var theirs = ModelTensors.Create(model.Plan, seed: 0);
        var images = randn(Rows, 3, 32, 32, generator: new Generator(1));
        foreach (var batchStatistics in new[] { true, false })
            Closeness.AssertClose(model.EncodeImage(theirs, images, batchStatistics), model.EncodeImage(plain, images, batchStatistics), 1e-4, $"{tower}, {config.Name}");
        Assert.All(model.Plan.Where(p => p.IsBuffer && p.Type == ScalarType.Float32), p => Closeness.AssertClose(theirs[p.Name], plain[p.Name], 1e-5, p.Name));
    }

    [Theory]
    [InlineData("resnet", "image_backbone.bn1.running_mean")]
    [InlineData("resnet", "image_backbone.layer4.0.bn3.weight")]
    [InlineData("resnet", "image_backbone.attnpool.positional_embedding")]
    [InlineData("resnet", "text_backbone.positional_embedding")]
    [InlineData("vit", "image_backbone.ln_pre.weight")]
    [InlineData("vit", "image_backbone.transformer.resblocks.1.ln_2.bias")]
    [InlineData("vit", "text_backbone.ln_final.bias")]
    public void A_tensor_of_the_host_among_the_others_is_found(string tower, string name)
    {
        using var scope = NewDisposeScope();
        var (model, _, weights) = Make(tower, META, []);
        weights.Replace(name, zeros(weights[name].shape, device: CPU));
        var error = Assert.Throws<System.Runtime.InteropServices.ExternalException>(() =>
        {
            model.EncodeImage(weights, Normalisation.Normalise(Pixels(META)), batchStatistics: false);
            model.EncodeText(weights, Tokens(META));
        });
        Assert.Contains("device", error.Message, StringComparison.Ordinal);
    }

    private static (ClipModel Model, ClipConfig Config, ModelTensors Weights) Make(string tower, Device device, (string, string)[] settings)
    {
        var values = new Dictionary<string, string> { ["image_model"] = tower, ["text_model"] = tower, ["train_data"] = "none" };
        foreach (var (key, value) in settings) values[key] = value;
        var config = ClipConfig.Parse(values);
        var family = tower == "vit" ? Vit : ResNet;
        var model = new ClipModel(family, family, config);
        var weights = ModelTensors.Create(model.Plan, seed: 0, new PlainKernels());
        weights.MoveTo(device);
        return (model, config, weights);
    }

    private static (string, string)[] Settings(string kind) => kind switch
    {
        "ema" => [("model_ema", "true")],
        "sgd" => [("opt", "sgd"), ("max_grad_norm", "0.5")],
        "adam" => [("opt", "adam")],
        "decay" => [("layer_decay_image", "0.9"), ("layer_decay_text", "0.8")],
        "accumulation" => [("accum_freq", "2")],
        "chunks" => [("grad_cache", "1")],
        "recomputed" => [("grad_checkpointing", "true")],
        "prompt" => [("prompt", "true"), ("n_prompt", "2")],
        "heads" => [("image_head_n_layers", "2"), ("text_head_n_layers", "1"), ("joint_projection_dim", "8")],
        "locks" => [("lock_image_model", "true"), ("lock_text_partial", "positional_embedding")],
        _ => [],
    };

    private static Tensor Pixels(Device device) => zeros([Rows, 32, 32, 3], ScalarType.Byte, device);

    private static Tensor Tokens(Device device) => zeros([Rows, 14], ScalarType.Int64, device);
}
