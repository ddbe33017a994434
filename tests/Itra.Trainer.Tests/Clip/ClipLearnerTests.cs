using Itra.Trainer.Clip;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Clip;

public class ClipLearnerTests
{
    private const int Rows = 8;

    // A theory without rows fails; this row is skipped, saying what is not there.
    public static TheoryData<string> Folders => [.. Fixtures.ModelFolders().DefaultIfEmpty("*")];

    [Theory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void In_chunks_the_gradient_is_that_of_the_whole_batch(string folder)
    {
        // The guide's locked image tower: batch norm by running statistics, so that a chunk is normalised as the batch is.
        (string, string)[] locked = [("lock_image_model", "true"), ("lock_image_partial", "!attnpool,!layer4,!resblocks,!proj")];
        var whole = GradientAfterOneStep(folder, locked);
        (string, string)[][] ways = [[("accum_freq", "4"), ("batch_size", "2")], [("grad_cache", "3")], [("grad_cache", "1")], [("grad_cache", "100")]];
        foreach (var way in ways)
        {
            var chunked = GradientAfterOneStep(folder, [.. locked, .. way]);
            Assert.Equal(whole.Loss, chunked.Loss, 1e-5 * whole.Loss);
            Closeness.AssertClose(whole.Gradient, chunked.Gradient, 1e-5, "flat gradient");
        }
    }

    [Theory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void The_factor_on_the_loss_scales_the_gradient(string folder)
    {
        var whole = GradientAfterOneStep(folder);
        var half = GradientAfterOneStep(folder, ("w_align", "0.5"));
        Assert.Equal(whole.Loss / 2, half.Loss, 1e-6);
        using var halved = whole.Gradient.mul(0.5f);
        Closeness.AssertClose(halved, half.Gradient, 1e-6, "flat gradient");
    }

    [Theory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void Computing_blocks_again_changes_neither_gradient_nor_statistics(string folder)
    {
        var kept = GradientAfterOneStep(folder);
        var recomputed = GradientAfterOneStep(folder, ("grad_checkpointing", "true"));
        Assert.Equal(kept.Loss, recomputed.Loss);
        Closeness.AssertClose(kept.Gradient, recomputed.Gradient, 1e-6, "flat gradient");
        Assert.Equal(kept.Buffers, recomputed.Buffers);
    }

    [Theory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void Computing_blocks_again_works_in_the_shorter_type_too(string folder)
    {
        var kept = GradientAfterOneStep(folder, ("precision", "amp"));
        var recomputed = GradientAfterOneStep(folder, ("precision", "amp"), ("grad_checkpointing", "true"));
        Assert.Equal(kept.Loss, recomputed.Loss);
        Closeness.AssertClose(kept.Gradient, recomputed.Gradient, 1e-3, "flat gradient");
    }

    [Theory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void In_the_shorter_type_the_loss_stays_near_and_is_not_the_same(string folder)
    {
        double full = GradientAfterOneStep(folder).Loss, shorter = GradientAfterOneStep(folder, ("precision", "amp")).Loss;
        Assert.NotEqual(full, shorter);
        Assert.Equal(full, shorter, 0.05 * full);
    }

    [Theory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void In_the_shorter_type_every_gradient_points_where_the_full_one_points(string folder)
    {
        // Without statistics of the batch: those of eight tiny images amplify any rounding.
        (string, string)[] running = [("lock_image_model", "true"), ("lock_image_partial", "!attnpool,!layer,!conv,!bn,!resblocks,!proj")];
        Dictionary<string, Tensor> full = GradientsAfterOneStep(folder, running), shorter = GradientsAfterOneStep(folder, [.. running, ("precision", "amp")]);
        foreach (var (name, gradient) in full)
        {
            if (gradient.norm().item<float>() < 1e-6) continue; // the key bias, which softmax cancels
            var cosine = nn.functional.cosine_similarity(gradient.flatten(), shorter[name].flatten(), 0).item<float>();
            Assert.True(cosine > 0.998, $"{name}: the cosine of the two gradients is {cosine}");
        }
    }

    [Theory]
    [InlineData("adamw")]
    [InlineData("adam")]
    [InlineData("sgd")]
    [InlineData("momentum")]
    public void An_optimizer_s_steps_are_those_of_torch(string name)
    {
        const int Steps = 5;
        using var reference = new ReferenceModel(Fixtures.ModelFolders().LastOrDefault("*"), settings: s =>
        {
            (s["opt"], s["lr"], s["weight_decay"], s["max_grad_norm"]) = (name, "1e-2", "0.1", "1e16");
        });
        using var learner = new ClipLearner(reference.Model, reference.Weights, reference.Config, totalSteps: 10);
        var groups = learner.Parameters.Ranges.Select(g => (g.Group.WeightDecay, Range: (g.Start, g.Length),
            Leaf: new TorchSharp.Modules.Parameter(learner.Parameters.Data.narrow(0, g.Start, g.Length).clone()))).ToList();
        var theirs = groups.Select(g => Torch(name, g.Leaf, g.WeightDecay)).ToList();

        for (var step = 0; step < Steps; step++)
        {
            random.manual_seed(step);
            learner.Parameters.Gradient.normal_();
            foreach (var (_, range, leaf) in groups) leaf.grad = learner.Parameters.Gradient.narrow(0, range.Start, range.Length).clone();
            learner.Optimizer.Step(1e-2);
            foreach (var optimizer in theirs) optimizer.step();
        }
        foreach (var (_, range, leaf) in groups)
            Closeness.AssertClose(leaf.detach(), learner.Parameters.Data.narrow(0, range.Start, range.Length), 1e-6, name);
    }

    private static optim.Optimizer Torch(string name, TorchSharp.Modules.Parameter leaf, double decay)
    {
        var parameters = new[] { leaf };
        return name switch
        {
            "adamw" => optim.AdamW(parameters, 1e-2, weight_decay: decay),
            "adam" => optim.Adam(parameters, 1e-2, weight_decay: decay),
            "sgd" => optim.SGD(parameters, 1e-2, 0.9, weight_decay: decay, nesterov: true),
            _ => optim.SGD(parameters, 1e-2, 0.9, weight_decay: decay),
        };
    }

    private static Dictionary<string, Tensor> GradientsAfterOneStep(string folder, params (string Key, string Value)[] settings)
    {
        using var reference = new ReferenceModel(folder, settings: s =>
        {
            foreach (var (key, value) in settings) s[key] = value;
        });
        using var learner = new ClipLearner(reference.Model, reference.Weights, reference.Config, totalSteps: 10);
        var (images, tokens) = reference.Batch(0, Rows);
        learner.Step(images, tokens, 0);
        return learner.Parameters.Groups.SelectMany(g => g.Parameters).ToDictionary(p => p.Name, p => learner.Parameters.View(learner.Parameters.Gradient, p.Name).clone());
    }

    private static (double Loss, Tensor Gradient, string Buffers) GradientAfterOneStep(string folder, params (string Key, string Value)[] settings)
    {
        using var reference = new ReferenceModel(folder, settings: s =>
        {
            foreach (var (key, value) in settings) s[key] = value;
        });
        using var learner = new ClipLearner(reference.Model, reference.Weights, reference.Config, totalSteps: 10);
        var (images, tokens) = reference.Batch(0, Rows);
        var result = learner.Step(images, tokens, 0);
        var buffers = string.Join(' ', reference.Weights.Plan.Where(p => p.IsBuffer).Select(p => reference.Weights[p.Name].to(ScalarType.Float64).sum().item<double>()));
        return (result.Loss, learner.Parameters.Gradient.clone(), buffers);
    }
}
