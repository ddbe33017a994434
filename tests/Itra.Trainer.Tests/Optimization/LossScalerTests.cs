using Itra.Trainer.Clip;
using Itra.Trainer.Models;
using Itra.Trainer.Optimization;
using Itra.Trainer.Tests.Clip;
using Itra.Trainer.Tests.Models;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Optimization;

public class LossScalerTests
{
    private const int Rows = 8;

    public static TheoryData<string> Folders => [.. Fixtures.ModelFolders().DefaultIfEmpty("*")];

    [Fact]
    public void It_doubles_after_two_thousand_finite_updates_and_halves_at_one_that_is_not()
    {
        var scaler = new LossScaler();
        for (var i = 0; i < 1999; i++) Assert.True(scaler.Allows(1));
        Assert.Equal(65536, scaler.Scale);
        Assert.True(scaler.Allows(1));
        Assert.Equal((131072, 0), (scaler.Scale, scaler.Steady));
        scaler.Allows(1);
        Assert.False(scaler.Allows(double.PositiveInfinity));
        Assert.False(scaler.Allows(double.NaN));
        Assert.Equal((32768, 0), (scaler.Scale, scaler.Steady));
    }

    [Fact]
    public void A_checkpoint_s_numbers_put_it_back()
    {
        var before = new LossScaler(1024);
        before.Allows(1);
        before.Allows(1);
        var after = new LossScaler();
        after.Resume(before.State.ToDictionary(s => (object)s.Key, s => s.Value));
        Assert.Equal((1024, 2), (after.Scale, after.Steady));
        after.Resume(null);
        after.Resume(new Dictionary<object, object?> { ["scale"] = -1.0, ["_growth_tracker"] = 5L });
        Assert.Equal((1024, 2), (after.Scale, after.Steady));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    public void A_scale_that_is_none_is_refused(double scale) => Assert.Throws<ArgumentOutOfRangeException>(() => new LossScaler(scale));

    // A power of two shifts exponents alone: in float32 nothing is rounded by it.
    [Theory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void A_scaled_loss_gives_the_very_update_of_the_loss_itself(string folder)
    {
        var (plain, scaled) = (Train(folder, null), Train(folder, new LossScaler(1024)));
        Assert.Equal(plain.Steps, scaled.Steps);
        Assert.Equal(plain.Digest, scaled.Digest);
    }

    [Theory]
    [MemberData(nameof(Folders), DisableDiscoveryEnumeration = true)]
    public void An_overflow_leaves_the_update_out_and_lowers_the_scale(string folder)
    {
        using var reference = new ReferenceModel(folder);
        using var learner = new ClipLearner(reference.Model, reference.Weights, reference.Config, totalSteps: 10) { Scaler = new LossScaler(Math.Pow(2, 127)) };
        var (images, tokens) = reference.Batch(0, Rows);
        using var before = learner.Parameters.Data.clone();
        var step = learner.Step(images, tokens, 0);
        Assert.False(double.IsFinite(step.GradientNorm));
        Assert.True(double.IsFinite(step.Loss));
        Assert.Equal((0, Math.Pow(2, 126)), (learner.Optimizer.Updates, learner.Scaler!.Scale));
        Assert.True(before.equal(learner.Parameters.Data).all().item<bool>());

        learner.Scaler.Resume(1024, 0);
        learner.Step(images, tokens, 1);
        Assert.Equal(1, learner.Optimizer.Updates);
        Assert.False(before.equal(learner.Parameters.Data).all().item<bool>());
    }

    [Fact]
    public void A_checkpoint_carries_it_under_the_original_s_name_and_its_own()
    {
        using var scratch = new ScratchFolder();
        using var reference = new ReferenceModel(Fixtures.ModelFolders().LastOrDefault("*"));
        using var learner = new ClipLearner(reference.Model, reference.Weights, reference.Config, totalSteps: 10) { Scaler = new LossScaler(512) };
        var (images, tokens) = reference.Batch(0, Rows);
        learner.Step(images, tokens, 0);
        Checkpoint.Write(scratch.File("a.pt"), learner, reference.Config, new CheckpointPosition(0, new EpochPart(1, 1, []), 2, 1, 1));

        using var saved = SavedCheckpoint.Open(scratch.File("a.pt"));
        foreach (var state in new[] { saved.Scaler, saved.Itra!["loss_scaler"] as IReadOnlyDictionary<object, object?> })
        {
            var scaler = new LossScaler();
            scaler.Resume(state);
            Assert.Equal((512, 1), (scaler.Scale, scaler.Steady));
        }
    }

    private static (List<StepResult> Steps, string Digest) Train(string folder, LossScaler? scaler)
    {
        using var reference = new ReferenceModel(folder, settings: s => s["max_grad_norm"] = "0.5");
        using var learner = new ClipLearner(reference.Model, reference.Weights, reference.Config, totalSteps: 10) { Scaler = scaler };
        var (images, tokens) = reference.Batch(0, Rows);
        List<StepResult> results = [.. Enumerable.Range(0, 3).Select(step => learner.Step(images, tokens, step))];
        return (results, learner.StateDigest());
    }
}
