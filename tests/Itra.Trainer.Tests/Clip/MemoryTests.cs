using Itra.Domain.Runs;
using Itra.Trainer.Clip;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Clip;

/// <summary>Alone, because what is measured is the process's.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public class MemoryTests
{
    private sealed record Usage(long Resident, long Managed, long Tensors, long Allocated)
    {
        public static Usage Now()
        {
            var managed = GC.GetTotalMemory(forceFullCollection: true);
            return new Usage(Environment.WorkingSet, managed, Tensor.TotalCount, GC.GetTotalAllocatedBytes(precise: true));
        }
    }

    [Fact]
    public void A_thousand_steps_need_no_more_memory_than_the_first()
    {
        const int Batch = 4, Settled = 300, Steps = Settled + 1000;
        using var world = new TinyWorld(vit: false);
        var spec = world.Spec(
            ("batch_size", $"{Batch}"), ("episode_size", $"{(Steps + 1) * Batch}"), ("epochs", "1"), ("model_ema", "true"), ("retrieval_frequency", "0"), ("logs", "none"));

        Usage? before = null, after = null;
        var steps = 0;
        foreach (var command in world.Train(spec, TestContext.Current.CancellationToken))
        {
            if (command is not LogMetrics) continue;
            steps++;
            if (steps == Settled) before = Usage.Now();
            if (steps == Steps) after = Usage.Now();
        }

        Assert.NotNull(before);
        Assert.NotNull(after);
        // What tests before left to the finalizer may go meanwhile; a batch that waits or does not is two tensors.
        Assert.InRange(before.Tensors, 100, long.MaxValue);
        Assert.InRange(after.Tensors - before.Tensors, long.MinValue, 8);
        Assert.InRange(after.Managed - before.Managed, long.MinValue, 200_000);
        Assert.InRange(after.Resident - before.Resident, long.MinValue, 8 << 20);
        Assert.InRange((after.Allocated - before.Allocated) / (Steps - Settled), 1, 100_000);
    }

    [Theory]
    [InlineData("fp32", 100_000)]
    [InlineData("amp", 300_000)] // Functions of ours within autograd, 53 of them: three kilobytes each, most of which TorchSharp makes.
    public void A_step_of_a_model_as_deep_as_RN50_allocates_little_managed_memory(string precision, long most)
    {
        const int Batch = 2, Steps = 20;
        using var world = new TinyWorld();
        File.WriteAllText(world.ModelFile, """
            {"embed_dim": 16, "quick_gelu": true, "vision_cfg": {"image_size": 32, "layers": [3, 4, 6, 3], "width": 8, "head_width": 64},
             "text_cfg": {"context_length": 16, "vocab_size": 600, "width": 32, "heads": 2, "layers": 12}}
            """);
        var config = ClipConfig.Parse(new Dictionary<string, string> { ["image_model"] = world.ModelFile, ["text_model"] = world.ModelFile, ["train_data"] = "random", ["model_ema"] = "true", ["precision"] = precision });
        var family = ClipFamilies.Find(world.ModelFile);
        var model = new ClipModel(family, family, config);
        using var weights = ModelTensors.Create(model.Plan, seed: 1);
        using var learner = new ClipLearner(model, weights, config, totalSteps: 100);
        Assert.Equal(324, weights.Parameters.Count());
        using Tensor images = randn(Batch, 3, 32, 32), tokens = ones(Batch, 16, ScalarType.Int64);

        learner.Step(images, tokens, 0);
        var before = Usage.Now();
        for (var step = 1; step <= Steps; step++) learner.Step(images, tokens, step);
        var after = Usage.Now();

        Assert.InRange(after.Tensors - before.Tensors, long.MinValue, 0);
        Assert.InRange((after.Allocated - before.Allocated) / Steps, 1, most);
    }
}
