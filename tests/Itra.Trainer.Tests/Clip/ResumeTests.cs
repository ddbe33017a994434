using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Trainer.Models;
using Itra.Trainer.Tests.Models;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Clip;

public sealed class ResumeTests : IDisposable
{
    private readonly TinyWorld world = new(vit: false);

    [Theory]
    [InlineData(0, "adamw", false)] // within the first epoch
    [InlineData(2, "adamw", true)] // within the second
    [InlineData(1, "sgd", true)] // with an epoch's last batch
    [InlineData(3, "adam", false)]
    public void A_run_that_was_stopped_and_goes_on_ends_with_the_bits_of_one_that_never_stopped(long stopAfter, string optimizer, bool average)
    {
        (string, string)[] settings = [("epochs", "3"), ("opt", optimizer), ("model_ema", average ? "true" : "false"), ("model_ema_decay", "0.9"), ("retrieval_frequency", "0")];
        var whole = Run([.. settings, ("name", "whole")]);
        var stopped = Run([.. settings, ("name", "stopped")], stopAfter);
        var resumed = Run([.. settings, ("name", "resumed"), ("resume", stopped.OfType<SaveCheckpoint>().Last().Path)]);

        AssertSameTensors(Checkpoint("whole", "epoch_3.pt"), Checkpoint("resumed", "epoch_3.pt"));
        Assert.Equal(Losses(whole), [.. Losses(stopped), .. Losses(resumed)]);
        Assert.Equal(stopAfter + 1, resumed.OfType<LogMetrics>().First().Chunk.FirstStep);
        var start = Assert.Single(resumed.OfType<StartFromCheckpoint>());
        Assert.Empty(start.Differences);
        // Two batches of an epoch are taken, three are scheduled.
        Assert.Equal(((stopAfter + 1) / 2, (stopAfter + 1) / 2 * 3 + (stopAfter + 1) % 2), (start.Epoch, start.Step));
    }

    [Fact]
    public void The_event_names_the_file_and_its_digest_before_the_plan()
    {
        Run([]);
        var path = Checkpoint("tiny", "epoch_1.pt");
        var commands = Run([("name", "more"), ("resume", path)]);
        var start = commands.OfType<StartFromCheckpoint>().Single();
        Assert.Equal(("epoch_1.pt", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))), 1), (start.FileName, start.Sha256, start.Epoch));
        Assert.Equal(["RecordModel", "StartFromCheckpoint", "PlanTraining", "LogMetrics"], commands.Select(c => c.GetType().Name).SkipWhile(n => n is "RecordDataset" or "RecordInput").Take(4));
        Assert.Equal([2], commands.OfType<CompleteEpoch>().Select(e => e.Epoch));
    }

    [Fact]
    public void Restart_counts_epochs_from_the_beginning_with_weights_and_optimizer_of_the_checkpoint()
    {
        Run([]);
        var commands = Run([("name", "more"), ("resume", Checkpoint("tiny", "epoch_2.pt")), ("restart", "true"), ("lr", "0")]);
        Assert.Equal([1, 2], commands.OfType<CompleteEpoch>().Select(e => e.Epoch));
        Assert.Equal(0, commands.OfType<StartFromCheckpoint>().Single().Epoch);
        using SavedCheckpoint before = SavedCheckpoint.Open(Checkpoint("tiny", "epoch_2.pt")), after = SavedCheckpoint.Open(Checkpoint("more", "epoch_2.pt"));
        using StateDict first = before.ReadWeights(), second = after.ReadWeights();
        Assert.All(first.Where(w => !w.Key.Contains("running") && !w.Key.Contains("tracked")), w => Assert.True(w.Value.equal(second[w.Key]).all().item<bool>(), w.Key));
        Assert.Equal(8L, after.Itra!["updates"]);
    }

    [Fact]
    public void An_evaluation_scores_the_checkpoint_s_weights_under_its_epoch_and_the_average_where_it_is_asked_for()
    {
        var trained = Run([("model_ema", "true"), ("model_ema_decay", "0.5")]).OfType<RecordRetrieval>().Last();
        var path = Checkpoint("tiny", "epoch_2.pt");
        RecordRetrieval Evaluate(string name, string average) =>
            Run([("name", name), ("train_data", ""), ("resume", path), ("model_ema", average)]).OfType<RecordRetrieval>().Single();

        var averaged = Evaluate("a", "true");
        Assert.Equal((2, "ema", trained.Scores), (averaged.Epoch, averaged.Weights, averaged.Scores));
        Assert.Equal("raw", Evaluate("b", "false").Weights);
        Assert.Contains(world.Warnings, w => w.Contains("--model_ema", StringComparison.Ordinal));
    }

    [Fact]
    public void A_checkpoint_of_all_epochs_leaves_nothing_to_train()
    {
        Run([]);
        var error = Assert.Throws<UserErrorException>(() => Run([("name", "more"), ("resume", Checkpoint("tiny", "epoch_2.pt"))]));
        Assert.Contains("raise --epochs", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named_before_anything_is_read() =>
        Assert.Contains("no such file", Assert.Throws<UserErrorException>(() => world.Train(world.Spec(("resume", "gone.pt")), TestContext.Current.CancellationToken).First()).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("restart")]
    [InlineData("resume_partial")]
    public void How_to_resume_without_what_is_refused(string flag) => Assert.Throws<UserErrorException>(() => world.Spec((flag, "true")));

    public void Dispose() => world.Dispose();

    private string Checkpoint(string run, string file) => Path.Combine(world.Logs, run, "checkpoints", file);

    private List<RunCommand> Run((string, string)[] changes, long? stopAfter = null)
    {
        using var stop = new CancellationTokenSource();
        var commands = new List<RunCommand>();
        foreach (var command in world.Train(world.Spec(changes), stop.Token))
        {
            commands.Add(command);
            if (command is LogMetrics { Chunk.FirstStep: var step } && step == stopAfter) stop.Cancel();
        }
        return commands;
    }

    private static List<double> Losses(List<RunCommand> commands) => [.. commands.OfType<LogMetrics>().Select(m => m.Chunk.Values[0][0])];

    private static void AssertSameTensors(string expected, string actual)
    {
        using SavedCheckpoint a = SavedCheckpoint.Open(expected), b = SavedCheckpoint.Open(actual);
        using StateDict weightsA = a.ReadWeights(), weightsB = b.ReadWeights();
        AssertSame(weightsA, weightsB);
        Assert.Equal(a.HasAverage, b.HasAverage);
        if (a.HasAverage)
        {
            using StateDict averageA = a.ReadAverage(), averageB = b.ReadAverage();
            AssertSame(averageA, averageB);
        }
        Assert.Equal(a.Itra!["updates"], b.Itra!["updates"]);
        Assert.NotEmpty(a.Optimizer!.State);
        foreach (var (number, state) in a.Optimizer.State)
            foreach (var (key, value) in state)
            {
                using Tensor x = a.Load((TensorRef)value!), y = b.Load((TensorRef)b.Optimizer!.State[number][key]!);
                TensorAssert.Same(x, y, $"{key} of parameter {number}");
            }
    }

    private static void AssertSame(StateDict a, StateDict b)
    {
        Assert.Equal(a.Keys, b.Keys);
        foreach (var (name, value) in a) TensorAssert.Same(value, b[name], name);
    }
}
