using System.Text.Json;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Clip;
using Itra.Trainer.Data.Classification;
using Itra.Trainer.Tests.Clip;
using Itra.Trainer.Tests.Data.Classification;

namespace Itra.Trainer.Tests.Evaluation;

/// <summary>Whole runs that classify besides training.</summary>
public sealed class ClassificationRunTests : IDisposable
{
    private readonly TinyWorld world = new(images: 10);
    private readonly DataSetsFolder sets = new();

    public ClassificationRunTests()
    {
        sets.WriteCifar10(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        sets.WriteImages("pets/val/cat/1.png", "pets/val/dog/2.png", "pets/val/dog/3.png");
        sets.WriteImages("pets/train/cat/1.png", "pets/train/cat/2.png", "pets/train/dog/3.png");
        foreach (var folder in Directory.GetDirectories(sets.Root)) Directory.Move(folder, Path.Combine(world.Coco.Root, Path.GetFileName(folder)));
    }

    public void Dispose()
    {
        sets.Dispose();
        world.Dispose();
    }

    [Fact]
    public void Zero_shot_retrieval_and_linear_evaluation_come_in_the_original_s_order_and_are_one_line_of_results()
    {
        var commands = Run(world.Spec(("zeroshot_frequency", "1"), ("linear_frequency", "1"), ("report_to", "tensorboard"), ("save_frequency", "0")));

        Assert.Equal(
            ["train", "retrieval", "zero-shot CIFAR10", "linear CIFAR10 train", "linear CIFAR10 test"], commands.OfType<RecordDataset>().Select(d => d.Role));
        Assert.Equal(
            ["zero-shot", "retrieval", "linear", "knn", "zero-shot", "retrieval", "linear", "knn"],
            commands.Select(c => c switch { RecordClassification k => k.Method, RecordRetrieval => "retrieval", _ => null }).OfType<string>());
        var zeroShot = commands.OfType<RecordClassification>().First();
        Assert.Equal((1, "CIFAR10", "raw", 10, 10), (zeroShot.Epoch, zeroShot.Dataset, zeroShot.Weights, zeroShot.Images, zeroShot.Classes));
        Assert.Equal(commands.OfType<RecordDataset>().Single(d => d.Role == "zero-shot CIFAR10").Dataset.Digest, zeroShot.DatasetDigest);

        var lines = File.ReadAllLines(Path.Combine(world.Logs, "tiny", "results.jsonl"));
        Assert.Equal(2, lines.Length);
        var results = JsonSerializer.Deserialize<Dictionary<string, double>>(lines[0])!;
        Assert.All(
            ["CIFAR10-zeroshot-acc", "CIFAR10-zeroshot-acc-top5", "retrieval-mean-recall", "CIFAR10-linear-eval-acc", "CIFAR10-linear-eval-acc-last-epoch", "CIFAR10-knn-eval-acc"],
            metric => Assert.InRange(results[metric], 0, 100));
        var board = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(Directory.GetFiles(Path.Combine(world.Logs, "tiny", "tensorboard")).Single()));
        Assert.All(["eval_zero_shot/CIFAR10-zeroshot-acc", "eval_linear_prob/CIFAR10-linear-eval-acc", "eval_linear_prob/CIFAR10-knn-eval-acc"], tag => Assert.Contains(tag, board, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("zeroshot_data", "--zeroshot-data names two sets 'pets'", "pets,old/pets")]
    [InlineData("zeroshot_data", "--zeroshot-data names two sets 'CIFAR10'", "CIFAR10,cifar-10")]
    [InlineData("linear_data", "--linear-data names two sets 'pets'", "pets,pets")]
    public void Two_sets_of_one_name_are_refused_before_anything_is_recorded(string key, string message, string names)
    {
        Directory.CreateDirectory(Path.Combine(world.Coco.Root, "old", "pets", "val", "cat"));
        File.Copy(Path.Combine(world.Coco.Root, "pets/val/cat/1.png"), Path.Combine(world.Coco.Root, "old/pets/val/cat/1.png"));
        // Not enumerated: nothing has been recorded yet when Train returns.
        var error = Assert.Throws<UserErrorException>(() => { world.Train(world.Spec(("zeroshot_frequency", "1"), ("linear_frequency", "1"), (key, names)), TestContext.Current.CancellationToken); });
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Classifying_changes_nothing_in_training()
    {
        List<double> Losses(params (string, string)[] changes) => [.. Run(world.Spec([("save_frequency", "0"), .. changes])).OfType<LogMetrics>().Select(m => m.Chunk.Values[0][0])];
        Assert.Equal(Losses(("name", "a")), Losses(("name", "b"), ("zeroshot_frequency", "1"), ("linear_frequency", "1"), ("eval_first", "true")));
    }

    [Fact]
    public void Training_images_are_their_own_nearest_neighbours()
    {
        // The test part of this CIFAR-10 is in its training part five times.
        var knn = Run(world.Spec(("linear_frequency", "2"), ("save_frequency", "0"))).OfType<RecordClassification>().Single(c => c.Method == "knn");
        Assert.Equal(100, knn.Scores["CIFAR10-knn-eval-acc"]);
    }

    [Fact]
    public void Scores_do_not_depend_on_the_workers_or_the_batch()
    {
        IEnumerable<double> Scores(params (string, string)[] changes) =>
            Run(EvaluationOnly([("zeroshot_frequency", "1"), ("linear_frequency", "1"), ("linear_prob_mode", "sklearn"), .. changes])).OfType<RecordClassification>().SelectMany(c => c.Scores.Values);
        Assert.Equal(Scores(("workers", "0")), Scores(("workers", "3")));
        Assert.Equal(Scores(("batch_size", "1")), Scores(("batch_size", "64")));
    }

    [Theory]
    [InlineData("false", "0")]
    [InlineData("true", "1")]
    public void An_evaluation_alone_gives_on_three_devices_the_scores_of_one(string cached, string heads)
    {
        List<double> Scores(string devices)
        {
            var commands = Run(EvaluationOnly(
                ("nproc_per_node", devices), ("batch_size", "2"), ("zeroshot_frequency", "1"), ("linear_frequency", "1"), ("linear_prob_mode", "sklearn"),
                ("cache_frozen", cached), ("lock_image_model", cached), ("image_head_n_layers", heads), ("name", devices)));
            // What one has computed the other would find.
            if (cached == "true") Directory.Delete(Path.Combine(world.Coco.Root, "cache", "features"), recursive: true);
            return [.. commands.OfType<RecordRetrieval>().SelectMany(r => r.Scores.ByMetric().Values), .. commands.OfType<RecordClassification>().SelectMany(c => c.Scores.Values)];
        }
        var one = Scores("1");
        Assert.InRange(one.Count, 10, 20);
        Assert.Equal(one, Scores("3"));
    }

    [Fact]
    public void An_evaluation_alone_needs_no_captions_at_all()
    {
        var commands = Run(EvaluationOnly(("retrieval_data", ""), ("retrieval_frequency", "0"), ("zeroshot_data", "pets")));
        Assert.Equal(["RecordDataset", "RecordInput", "RecordInput", "RecordInput", "RecordModel", "RecordClassification"], commands.Select(c => c.GetType().Name));
        var scores = commands.OfType<RecordClassification>().Single();
        Assert.Equal(("pets", 3, 2), (scores.Dataset, scores.Images, scores.Classes));
        Assert.DoesNotContain("pets-zeroshot-acc-top5", scores.Scores.Keys);
    }

    [Fact]
    public void A_linear_evaluation_works_on_any_set_with_two_parts()
    {
        var commands = Run(EvaluationOnly(("linear_frequency", "1"), ("linear_data", "pets"), ("linear_prob_mode", "sklearn"))).OfType<RecordClassification>();
        Assert.Equal(["pets-linear-eval-acc", "pets-knn-eval-acc"], commands.SelectMany(c => c.Scores.Keys));
    }

    [Fact]
    public void Parts_with_different_classes_are_refused()
    {
        Directory.CreateDirectory(Path.Combine(world.Coco.Root, "pets/train/bird"));
        Assert.Contains("other classes", Assert.Throws<UserErrorException>(() => Run(EvaluationOnly(("linear_frequency", "1"), ("linear_data", "pets")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_any_set_a_zero_shot_frequency_is_a_warning_and_the_rest_goes_on()
    {
        Directory.Delete(Path.Combine(world.Coco.Root, "cifar-10-batches-bin"), recursive: true);
        Assert.NotEmpty(Run(EvaluationOnly(("zeroshot_frequency", "1"))).OfType<RecordRetrieval>());
        Assert.Contains("no classification set is below", Assert.Single(world.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_broken_image_ends_the_evaluation_unless_such_are_skipped()
    {
        var broken = Path.Combine(world.Coco.Root, "pets/val/dog/2.png");
        File.WriteAllBytes(broken, [.. File.ReadAllBytes(broken).Take(40)]);
        Assert.Contains(broken, Assert.ThrowsAny<UserErrorException>(() => Run(EvaluationOnly(("zeroshot_data", "pets")))).Message, StringComparison.Ordinal);
        Assert.Equal(2, Run(EvaluationOnly(("zeroshot_data", "pets"), ("skip_broken", "true"))).OfType<RecordClassification>().Single().Images);
    }

    [Theory]
    [InlineData("--linear-prob-mode", "linear_prob_mode", "keras")]
    [InlineData("--C", "C", "0")]
    [InlineData("frequencies", "zeroshot_frequency", "-1")]
    public void A_setting_that_makes_no_sense_is_refused(string named, string key, string value) =>
        Assert.Contains(named, Assert.Throws<UserErrorException>(() => world.Spec((key, value))).Message, StringComparison.Ordinal);

    private RunSpec EvaluationOnly(params (string Key, string Value)[] changes) => world.Spec([("train_data", ""), .. changes]);

    private List<RunCommand> Run(RunSpec spec) => [.. world.Train(spec, TestContext.Current.CancellationToken)];
}
