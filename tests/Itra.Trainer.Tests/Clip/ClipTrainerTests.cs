using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Trainer.Clip;
using Itra.Trainer.Models;

namespace Itra.Trainer.Tests.Clip;

public sealed class ClipTrainerTests : IDisposable
{
    private readonly TinyWorld world = new();

    [Fact]
    public void A_run_tells_what_it_reads_what_it_is_each_step_each_epoch_and_what_it_kept()
    {
        var commands = world.Train(world.Spec(("save_frequency", "1")), TestContext.Current.CancellationToken).ToList();

        Assert.Equal(
            ["RecordDataset", "RecordDataset", "RecordInput", "RecordInput", "RecordInput", "RecordModel", "PlanTraining",
             "LogMetrics", "LogMetrics", "CompleteEpoch", "RecordRetrieval", "SaveCheckpoint",
             "LogMetrics", "LogMetrics", "CompleteEpoch", "RecordRetrieval", "SaveCheckpoint"],
            commands.Select(c => c.GetType().Name));
        Assert.Equal([0L, 1L, 2L, 3L], commands.OfType<LogMetrics>().Select(m => m.Chunk.FirstStep));
        var plan = commands.OfType<PlanTraining>().Single();
        Assert.Equal((2, 2, 5), (plan.Epochs, plan.StepsPerEpoch, plan.BatchSize));
        var scores = commands.OfType<RecordRetrieval>().Last();
        Assert.Equal((12, 72, "raw"), (scores.Images, scores.Captions, scores.Weights));
    }

    [Theory]
    [InlineData("fp32")]
    [InlineData("amp")]
    public void The_same_seed_gives_the_same_losses_and_scores_whatever_the_number_of_workers(string precision)
    {
        var first = Numbers(("workers", "0"), ("precision", precision), ("name", "a"));
        Assert.Equal(first, Numbers(("workers", "3"), ("precision", precision), ("name", "b")));
        Assert.NotEqual(first, Numbers(("seed", "4"), ("precision", precision), ("name", "c")));
    }

    [Fact]
    public void The_files_are_those_that_ITRA_s_users_look_for()
    {
        Run(world.Spec(("report_to", "tensorboard"), ("save_frequency", "0")));
        var folder = Path.Combine(world.Logs, "tiny");

        Assert.True(File.Exists(Path.Combine(folder, "params.yml")));
        Assert.Equal(2, File.ReadAllLines(Path.Combine(folder, "results.jsonl")).Length);
        Assert.Single(Directory.GetFiles(Path.Combine(folder, "tensorboard"), "events.out.tfevents.*"));
        Assert.Equal(["epoch_2.pt", "epoch_latest.pt"], Directory.GetFiles(Path.Combine(folder, "checkpoints")).Select(f => Path.GetFileName(f)!).Order());
    }

    [Fact]
    public void A_checkpoint_holds_the_weights_the_optimizer_and_the_position()
    {
        Run(world.Spec());
        using var saved = SavedCheckpoint.Open(Path.Combine(world.Logs, "tiny", "checkpoints", "epoch_2.pt"));
        using var weights = saved.ReadWeights();
        var config = ClipConfig.Parse(world.Spec().Config);
        var family = ClipFamily.FromFile(world.ModelFile);
        var plan = new ClipModel(family, family, config).Plan;

        Assert.Equal(2, saved.Epoch);
        Assert.Equal(plan.Select(p => p.Name), weights.Keys);
        Assert.Equal(plan.Count(p => !p.IsBuffer), saved.Optimizer!.State.Count);
        // 12 images in batches of 5 are scheduled as 3 steps an epoch, of which 2 are taken.
        Assert.Equal(6L, saved.Itra!["step"]);
        Assert.Equal(4L, saved.Itra["updates"]);
    }

    [Fact]
    public void A_loss_that_is_not_a_number_ends_the_run_with_the_place_and_the_advice()
    {
        var steps = new List<RunCommand>();
        var error = Assert.Throws<UserErrorException>(() => steps.AddRange(world.Train(world.Spec(("lr", "1e30"), ("warmup", "0")), TestContext.Current.CancellationToken).Select(c => { steps.Add(c); return c; })));
        Assert.Contains("epoch 1, batch", error.Message, StringComparison.Ordinal);
        Assert.Contains("--lr", error.Message, StringComparison.Ordinal);
        Assert.True(double.IsNaN(steps.OfType<LogMetrics>().Last().Chunk.Values[0][0]), "the bad step itself is recorded");
    }

    [Fact]
    public void A_truncated_image_ends_the_run_naming_the_file()
    {
        world.Coco.CutShort(4);
        var error = Assert.ThrowsAny<UserErrorException>(() => Run(world.Spec()));
        Assert.Contains(world.Coco.ImagePath(4), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void With_skip_broken_a_truncated_image_is_left_out_counted_and_named()
    {
        world.Coco.CutShort(4);
        var skipped = Run(world.Spec(("skip_broken", "true"), ("batch_size", "12"), ("epochs", "1"))).OfType<SkipSamples>().Single();
        Assert.Equal(1, skipped.Count);
        Assert.Contains(world.Coco.ImagePath(4), Assert.Single(skipped.Examples), StringComparison.Ordinal);
    }

    [Fact]
    public void With_skip_broken_images_without_caption_are_left_out_counted_and_named_in_each_epoch()
    {
        world.Coco.Write(Enumerable.Range(0, 12), Enumerable.Range(0, 11).Select(id => (id, "image caption")));
        var skipped = Run(world.Spec(("skip_broken", "true"), ("retrieval_frequency", "0"))).OfType<SkipSamples>().ToList();
        Assert.Equal([(1, 1), (2, 1)], skipped.Select(s => (s.Epoch, s.Count)));
        Assert.Contains($"{world.Coco.ImagePath(11)}: no caption", skipped[0].Examples);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void With_skip_broken_an_evaluation_counts_and_names_what_it_leaves_out(bool missing)
    {
        var broken = world.Coco.ImagePath(4).Replace("train2017", "val2017", StringComparison.Ordinal);
        if (missing) File.Delete(broken);
        else File.WriteAllBytes(broken, [.. File.ReadAllBytes(broken).Take(200)]);

        var commands = Run(world.Spec(("skip_broken", "true"), ("epochs", "1")));
        Assert.Equal(11, commands.OfType<RecordRetrieval>().Single().Images);
        var skipped = commands.OfType<SkipSamples>().Single();
        Assert.Equal((1, 1, "retrieval"), (skipped.Epoch, skipped.Count, skipped.Role));
        Assert.Contains(broken, Assert.Single(skipped.Examples), StringComparison.Ordinal);
        Assert.Contains(world.Warnings, w => w.Contains(broken, StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_image_is_found_before_training_starts()
    {
        File.Delete(world.Coco.ImagePath(7));
        var commands = new List<RunCommand>();
        var error = Assert.ThrowsAny<UserErrorException>(() => { foreach (var c in world.Train(world.Spec(), TestContext.Current.CancellationToken)) commands.Add(c); });
        Assert.Contains(world.Coco.ImagePath(7), error.Message, StringComparison.Ordinal);
        Assert.Empty(commands.OfType<LogMetrics>());
    }

    [Fact]
    public void Stopping_keeps_a_checkpoint_of_the_step_that_was_reached()
    {
        using var stop = new CancellationTokenSource();
        var commands = new List<RunCommand>();
        foreach (var command in world.Train(world.Spec(("epochs", "50")), stop.Token))
        {
            commands.Add(command);
            if (command is LogMetrics { Chunk.FirstStep: 2 }) stop.Cancel();
        }
        var kept = Assert.IsType<SaveCheckpoint>(commands[^1]);
        Assert.True(File.Exists(kept.Path));
        Assert.Equal((1, 4L), (kept.Epoch, kept.Step));
    }

    [Fact]
    public void A_batch_larger_than_the_set_is_refused_with_both_numbers()
    {
        var error = Assert.Throws<UserErrorException>(() => Run(world.Spec(("batch_size", "13"))));
        Assert.Contains("13", error.Message, StringComparison.Ordinal);
        Assert.Contains("12", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("image_model", "RN5", "'RN50'")]
    [InlineData("datasets_dir", "/nowhere", "/nowhere")]
    [InlineData("train_data", "/nowhere/pairs.csv", "/nowhere/pairs.csv")]
    [InlineData("vocabulary", "words", "itra models import")]
    [InlineData("pretrained_image_model", "true", "itra models")]
    [InlineData("batch_size", "13", "13")]
    public void What_cannot_work_is_refused_by_the_call_itself(string key, string value, string named)
    {
        var spec = world.Spec((key, value));
        var error = Assert.ThrowsAny<UserErrorException>(() => world.Train(spec, TestContext.Current.CancellationToken));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(world.Logs), "nothing is written either");
    }

    [Fact]
    public void A_vocabulary_of_another_size_than_the_model_s_is_refused()
    {
        var larger = Path.Combine(world.Coco.Root, "larger.gz");
        Itra.Trainer.Data.BpeLearner.Learn(["some quite different words in here"], 20, larger);
        Assert.Contains("--vocabulary", Assert.Throws<UserErrorException>(() => Run(world.Spec(("vocabulary", larger)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_training_data_a_run_evaluates_once()
    {
        var spec = world.Spec();
        var settings = new Dictionary<string, string>(spec.Config) { ["train_data"] = "" };
        Assert.Equal(["RecordDataset", "RecordInput", "RecordInput", "RecordInput", "RecordModel", "RecordRetrieval"], Run(spec with { Config = settings }).Select(c => c.GetType().Name));
    }

    public void Dispose() => world.Dispose();

    private List<RunCommand> Run(Domain.Training.RunSpec spec) => [.. world.Train(spec, TestContext.Current.CancellationToken)];

    private List<double> Numbers(params (string, string)[] changes)
    {
        var commands = Run(world.Spec([("save_frequency", "0"), .. changes]));
        return [.. commands.OfType<LogMetrics>().SelectMany(m => m.Chunk.Values.Take(4).Select(v => v[0])), .. commands.OfType<RecordRetrieval>().SelectMany(r => r.Scores.ByMetric().Values)];
    }
}
