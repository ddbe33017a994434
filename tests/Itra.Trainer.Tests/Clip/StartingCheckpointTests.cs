using System.Text.Json.Nodes;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Trainer.Clip;
using Itra.Trainer.Models;
using Itra.Trainer.Tests.Models;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Clip;

/// <summary>What does not fit is said, and what fits is taken, whatever the file's form.</summary>
public sealed class StartingCheckpointTests : IDisposable
{
    private readonly TinyWorld world = new();
    private readonly string trained;

    public StartingCheckpointTests()
    {
        Run(("name", "first"));
        trained = Path.Combine(world.Logs, "first", "checkpoints", "epoch_1.pt");
    }

    [Fact]
    public void Another_architecture_is_one_line_with_the_first_differences_and_their_number()
    {
        var error = Refuse(("image_model", Variation("wider", m => m["vision_cfg"]!["patch_size"] = 8)));
        Assert.Contains("image_backbone.conv1.weight is (32, 3, 16, 16), here (32, 3, 8, 8)", error, StringComparison.Ordinal);
        Assert.Contains("--resume-partial", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);

        var many = Refuse(("text_model", Variation("deeper", m => m["text_cfg"]!["layers"] = 3)));
        Assert.Contains("text_backbone.transformer.resblocks.1.ln_1.weight is missing", many, StringComparison.Ordinal);
        Assert.Matches(@"and \d+ more differences", many);
    }

    [Fact]
    public void With_resume_partial_what_fits_is_taken_and_the_rest_is_warned_of_and_recorded()
    {
        var commands = Run(("resume", trained), ("resume_partial", "true"), ("text_model", Variation("deeper", m => m["text_cfg"]!["layers"] = 2)));
        var differences = commands.OfType<StartFromCheckpoint>().Single().Differences;
        Assert.Contains("text_backbone.transformer.resblocks.1.attn.in_proj_weight is missing", differences);
        Assert.Contains(differences, d => d.Contains("parameter group 0 of its optimizer", StringComparison.Ordinal));
        Assert.Contains(world.Warnings, w => w.Contains("only in part", StringComparison.Ordinal));
        Assert.Equal([2], commands.OfType<CompleteEpoch>().Select(e => e.Epoch));
    }

    [Theory]
    [InlineData("lock_text_model", "true", "parameter groups|parameter group . of its optimizer")]
    [InlineData("layer_decay_text", "0.5", "parameter groups")]
    [InlineData("opt", "sgd", "exp_avg, exp_avg_sq, and not momentum_buffer")]
    public void An_optimizer_of_other_parameters_or_another_kind_is_refused(string flag, string value, string message) =>
        Assert.Matches(message, Refuse((flag, value)));

    [Fact]
    public void An_optimizer_of_other_parameters_of_the_same_shapes_is_refused()
    {
        Run(("name", "norm1"), ("lock_text_model", "true"), ("lock_text_partial", "!ln_1"));
        var path = Path.Combine(world.Logs, "norm1", "checkpoints", "epoch_1.pt");
        Assert.Contains("its optimizer trained text_backbone.transformer.resblocks.0.ln_1.weight, here text_backbone.transformer.resblocks.0.ln_2.weight",
            Refuse(("resume", path), ("lock_text_model", "true"), ("lock_text_partial", "!ln_2")), StringComparison.Ordinal);
    }

    [Fact]
    public void An_epoch_that_has_begun_goes_on_only_with_the_batches_it_began_with()
    {
        using var stop = new CancellationTokenSource();
        var path = "";
        foreach (var command in world.Train(world.Spec(("name", "stopped")), stop.Token))
        {
            if (command is LogMetrics) stop.Cancel();
            if (command is SaveCheckpoint kept) path = kept.Path;
        }
        Assert.Contains("--batch-size 5, here 4", Refuse(("resume", path), ("batch_size", "4")), StringComparison.Ordinal);
        var commands = Run(("resume", path), ("batch_size", "4"), ("resume_partial", "true"));
        Assert.Equal(0, commands.OfType<StartFromCheckpoint>().Single().Step);
    }

    [Theory]
    [InlineData("plain.pt", "")]
    [InlineData("wrapped.pt", "module.")]
    [InlineData("plain.safetensors", "")]
    public void Bare_weights_of_either_naming_start_at_epoch_0(string file, string prefix)
    {
        var path = Path.Combine(world.Coco.Root, file);
        var config = ClipConfig.Parse(world.Spec(("resume", path)).Config);
        var family = ClipFamily.FromFile(world.ModelFile);
        var model = new ClipModel(family, family, config);
        foreach (var openAi in new[] { true, false })
        {
            using var other = ModelTensors.Create(model.Plan, seed: 99);
            using var scope = NewDisposeScope();
            var entries = model.Plan.Select(p => (Name: prefix + (openAi ? ParameterNames.ToOpenAi(p.Name)! : p.Name), Tensor: other[p.Name].alias())).ToList();
            if (file.EndsWith(".pt", StringComparison.Ordinal)) TorchArchive.Write(path, new OrderedDictionary<string, Tensor>(entries.Select(e => KeyValuePair.Create(e.Name, e.Tensor))));
            else SafeTensors.Write(path, entries);

            using var start = StartingCheckpoint.Open(config)!;
            using var weights = ModelTensors.Create(model.Plan, seed: 1);
            start.CopyTo(weights, model.Activations);
            Assert.Equal(other.Digest(), weights.Digest());
            Assert.Equal((0, 0), (start.Begin(0, new NoLog()).Epoch, start.Begun.Batches));
        }
    }

    [Fact]
    public void A_tensor_that_no_CLIP_has_is_a_difference()
    {
        var path = Path.Combine(world.Coco.Root, "foreign.pt");
        using (var file = SavedCheckpoint.Open(trained))
        using (var weights = file.ReadWeights())
        {
            var tree = new OrderedDictionary<string, Tensor>(weights) { ["dino_head.weight"] = ones(2), ["prompt"] = ones(4, 32) };
            TorchArchive.Write(path, tree);
        }
        var error = Refuse(("resume", path));
        Assert.Contains("dino_head.weight is part of no CLIP", error, StringComparison.Ordinal);
        Assert.Contains("prompt is not part of this model", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_activation_is_refused_from_a_checkpoint_and_from_its_export()
    {
        var exact = Variation("exact", m => m["quick_gelu"] = false);
        Assert.Contains("was trained with quick_gelu, but this model has gelu", Refuse(("image_model", exact), ("text_model", exact), ("resume_partial", "true")), StringComparison.Ordinal);

        var export = Path.Combine(world.Coco.Root, "export.safetensors");
        ModelExport.Write(trained, export);
        var error = Assert.Throws<UserErrorException>(() => Run(("text_model", exact), ("pretrained_text_model", "true"), ("text_model_tag", export)));
        Assert.Contains("--force-quick-gelu", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(Run(("name", "forced"), ("text_model", exact), ("pretrained_text_model", "true"), ("text_model_tag", export), ("force_quick_gelu", "true")));
    }

    public void Dispose() => world.Dispose();

    private string Refuse(params (string, string)[] changes) =>
        Assert.Throws<UserErrorException>(() => Run([("resume", trained), ("name", "refused"), .. changes])).Message;

    private List<RunCommand> Run(params (string, string)[] changes) =>
        [.. world.Train(world.Spec([("retrieval_frequency", "0"), .. changes]), TestContext.Current.CancellationToken)];

    private string Variation(string name, Action<JsonNode> change)
    {
        var model = JsonNode.Parse(File.ReadAllText(world.ModelFile))!;
        change(model);
        var path = Path.Combine(world.Coco.Root, name + ".json");
        File.WriteAllText(path, model.ToJsonString());
        return path;
    }

    private sealed class NoLog : IRunLog
    {
        public void Info(string message)
        {
        }

        public void Warn(string message)
        {
        }
    }
}
