using System.Security.Cryptography;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Clip;
using Itra.Trainer.LinearProbe;

namespace Itra.Trainer.Tests.Clip;

/// <summary>A run that is stopped and goes on in its own folder, against one that was never stopped: to the last bit.</summary>
public sealed class GoingOnTests : IDisposable
{
    private readonly TinyWorld world = new();
    private readonly TinyWorld convolutional = new(vit: false);

    public static TheoryData<string, string> Ways => new()
    {
        { "plain", "" }, { "convolutional", "" }, { "average", "model_ema=true model_ema_decay=0.9" }, { "accumulated", "batch_size=1 accum_freq=2" },
        { "locked", "lock_image_model=true lock_text_partial=token_embedding" }, { "prompt", "lock_image_model=true lock_text_model=true prompt=true" },
        { "heads", "image_head_n_layers=1 text_head_n_layers=2 joint_projection_dim=16" }, { "amp", "precision=amp" }, { "sgd", "opt=sgd" },
        { "cached", "lock_image_model=true image_head_n_layers=1 joint_projection_dim=16 cache_frozen=true" }, { "linear-probe", "" },
        { "episodes", "episode_size=8" }, { "decayed", "layer_decay_image=0.9 layer_decay_text=0.8" }, { "skipping", "skip_broken=true workers=2" },
        { "recomputing", "grad_checkpointing=true" },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_run_that_goes_on_in_the_middle_of_an_epoch_ends_like_one_that_was_never_stopped(string way, string settings)
    {
        if (way == "skipping") foreach (var image in new[] { 3, 9 }) File.WriteAllText(world.Coco.ImagePath(image), "no picture");
        var here = way == "convolutional" ? convolutional : world;
        var spec = Spec(here, way, settings);
        var whole = Run(here, spec);
        var expected = Files(here);
        Directory.Delete(here.Logs, recursive: true);

        var stopped = Run(here, spec, stopAfter: 1);
        var kept = stopped.OfType<SaveCheckpoint>().Last();
        Assert.Equal((0, 2), (kept.Epoch, kept.Updates));
        var resumed = Run(here, spec, From(kept));

        Assert.Equal(expected, Files(here));
        Assert.Equal(Curves(whole), [.. Curves(stopped), .. Curves(resumed)]);
        Assert.Equal(whole.OfType<CompleteEpoch>().Select(e => (e.Epoch, e.Step, e.Loss, e.LearningRate)), resumed.OfType<CompleteEpoch>().Select(e => (e.Epoch, e.Step, e.Loss, e.LearningRate)));
        Assert.Equal(whole.OfType<RecordRetrieval>().Select(r => (r.Epoch, r.Weights, r.Scores)), resumed.OfType<RecordRetrieval>().Select(r => (r.Epoch, r.Weights, r.Scores)));
        Assert.Equal(Skips(whole), Skips(resumed));
        Assert.Equal(way == "skipping", Skips(whole).Count > 0);
    }

    [Fact]
    public void Checkpoints_within_an_epoch_are_recorded_all_and_the_last_two_stay_as_files()
    {
        var commands = Run(world, Spec(world, "plain", "checkpoint_every=2-steps save_frequency=0 retrieval_frequency=0"));
        var saved = commands.OfType<SaveCheckpoint>().ToList();
        Assert.Equal([2L, 4, 6, 8, 10, 12], saved.Select(s => s.Updates!.Value));
        Assert.Equal([0, 0, 1, 1, 1, 2], saved.Select(s => s.Epoch));
        Assert.Equal(["epoch_1_step_10.pt", "epoch_1_step_8.pt", "epoch_2.pt", "epoch_latest.pt"], Files(world).Keys.Where(f => f.EndsWith(".pt", StringComparison.Ordinal)));
        Assert.All(saved, s => Assert.Equal(s.Updates, commands.TakeWhile(c => c != s).OfType<LogMetrics>().Count()));
    }

    [Fact]
    public void Evaluations_that_were_given_up_are_made_when_the_run_goes_on()
    {
        var spec = Spec(world, "plain", "");
        var whole = Run(world, spec);
        var expected = Files(world);
        Directory.Delete(world.Logs, recursive: true);

        using var stop = new CancellationTokenSource();
        List<RunCommand> stopped = [];
        foreach (var command in world.Train(spec, stop.Token))
        {
            stopped.Add(command);
            if (command is CompleteEpoch { Epoch: 1 }) stop.Cancel();
        }
        Assert.Empty(stopped.OfType<RecordRetrieval>());
        var resumed = Run(world, spec, From(stopped.OfType<SaveCheckpoint>().Last()));
        Assert.Equal(whole.OfType<RecordRetrieval>().Select(r => (r.Epoch, r.Scores)), resumed.OfType<RecordRetrieval>().Select(r => (r.Epoch, r.Scores)));
        Assert.Equal(expected["results.jsonl"], Files(world)["results.jsonl"]);
        Assert.Equal(expected["epoch_2.pt"], Files(world)["epoch_2.pt"]);
    }

    [Fact]
    public void A_run_that_was_killed_after_its_last_checkpoint_has_nothing_left_to_train()
    {
        var last = Run(world, Spec(world, "plain", "")).OfType<SaveCheckpoint>().Last();
        var resumed = Run(world, Spec(world, "plain", ""), From(last));
        Assert.Empty(resumed.OfType<LogMetrics>());
        Assert.Empty(resumed.OfType<RecordRetrieval>());
        Assert.Equal(2, File.ReadLines(Path.Combine(world.Logs, "tiny", "results.jsonl")).Count());
    }

    [Fact]
    public void Lines_of_results_that_no_longer_count_are_written_once_more_and_stand_there_once()
    {
        var spec = Spec(world, "plain", "epochs=3");
        var saved = Run(world, spec).OfType<SaveCheckpoint>().ToList();
        var expected = Files(world)["results.jsonl"];
        Run(world, spec, From(saved[0]));
        Assert.Equal(expected, Files(world)["results.jsonl"]);
        Run(world, spec);
        Assert.Equal(expected, Files(world)["results.jsonl"]);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("0-steps")]
    [InlineData("5")]
    [InlineData("-5-minutes")]
    [InlineData("5-hours")]
    [InlineData("99999999999-steps")]
    public void How_often_is_said_in_steps_or_minutes(string text) =>
        Assert.Contains("15-minutes", Assert.Throws<UserErrorException>(() => world.Spec(("checkpoint_every", text))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("100-steps", 200, 0, true)]
    [InlineData("100steps", 150, 99, false)]
    [InlineData("1step", 7, 0, true)]
    [InlineData("15-minutes", 7, 15, true)]
    [InlineData("15minutes", 15, 14.9, false)]
    public void A_checkpoint_is_due_every_so_many_steps_or_minutes(string text, long updates, double minutes, bool due) =>
        Assert.Equal(due, CheckpointInterval.Parse(text).IsDue(updates, TimeSpan.FromMinutes(minutes)));

    public void Dispose()
    {
        world.Dispose();
        convolutional.Dispose();
    }

    private static RunSpec Spec(TinyWorld world, string way, string settings)
    {
        (string, string)[] changes = [("batch_size", "2"), .. settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => (s.Split('=')[0], s.Split('=')[1]))];
        var spec = world.Spec(changes);
        return way != LinearProbeTrainer.TrainerName ? spec
            : spec with { Trainer = way, Config = LinearProbeTrainer.Complete(ClipConfig.Parse(spec.Config)).ToDictionary() };
    }

    private static Continuation From(SaveCheckpoint saved) => new(saved.Path, Path.GetFileName(saved.Path), Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(saved.Path))));

    private static List<RunCommand> Run(TinyWorld world, RunSpec spec, Continuation? from = null, long? stopAfter = null)
    {
        using var stop = new CancellationTokenSource();
        ITrainer trainer = spec.Trainer == LinearProbeTrainer.TrainerName ? new LinearProbeTrainer(world.Clip) : world.Clip;
        List<RunCommand> commands = [];
        foreach (var command in trainer.Train(spec, from, stop.Token))
        {
            commands.Add(command);
            if (command is LogMetrics { Chunk.FirstStep: var step } && step == stopAfter) stop.Cancel();
        }
        return commands;
    }

    /// <summary>Step and values that are no times.</summary>
    private static List<(long, string)> Curves(List<RunCommand> commands) =>
        [.. commands.OfType<LogMetrics>().Select(m => (m.Chunk.FirstStep, string.Join(' ', m.Chunk.Names.Zip(m.Chunk.Values).Where(v => v.First.StartsWith("training", StringComparison.Ordinal)).Select(v => $"{v.Second[0]:R}"))))];

    private static List<string> Skips(List<RunCommand> commands) => [.. commands.OfType<SkipSamples>().Select(s => $"{s.Role} {s.Epoch} {s.Count} {string.Join(' ', s.Examples)}")];

    /// <summary>Digest of every checkpoint that stays after an epoch, and of the results, by file name.</summary>
    private static SortedDictionary<string, string> Files(TinyWorld world) => new(Directory.GetFiles(Path.Combine(world.Logs, "tiny"), "*", SearchOption.AllDirectories)
        .Where(f => f.EndsWith(".pt", StringComparison.Ordinal) || f.EndsWith(".jsonl", StringComparison.Ordinal)).Where(f => !f.EndsWith("_step_2.pt", StringComparison.Ordinal))
        .ToDictionary(f => Path.GetFileName(f), f => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(f)))), StringComparer.Ordinal);
}
