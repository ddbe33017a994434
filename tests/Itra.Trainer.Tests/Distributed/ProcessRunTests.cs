using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Clip;
using Itra.Trainer.Distributed;
using Itra.Trainer.Tests.Clip;
using Itra.Trainer.Tests.Data.Classification;

namespace Itra.Trainer.Tests.Distributed;

/// <summary>Whole runs of several processes, which are all in this one and have met over loopback, beside the same run in one process.</summary>
public sealed class ProcessRunTests : IDisposable
{
    private readonly TinyWorld world = new(images: 25);

    public static TheoryData<string, (string, string)[]> Settings => new()
    {
        { "plain", [] },
        { "averaged weights mixed with the initial ones", [("model_ema", "true"), ("model_ema_decay", "0.5"), ("eval_with_wise_ft", "0.5")] },
        { "a frozen image tower", [("cache_frozen", "true"), ("lock_image_model", "true")] },
        { "both towers frozen, heads on them", [("cache_frozen", "true"), ("lock_image_model", "true"), ("lock_text_model", "true"), ("image_head_n_layers", "1"), ("text_head_n_layers", "1"), ("joint_projection_dim", "8")] },
        { "evaluation of a checkpoint", [("train_data", ""), ("resume", "trained")] },
        { "evaluation of a checkpoint mixed with where it came from", [("train_data", ""), ("resume", "trained"), ("eval_with_wise_ft", "0.3")] },
        { "classification", [("zeroshot_frequency", "1"), ("linear_frequency", "1")] },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void Scores_of_several_processes_are_those_of_one(string what, (string, string)[] settings)
    {
        AddCifar10();
        var (start, trained) = (Checkpoint("start", 0), Checkpoint("trained", 1e-2));
        settings = [
            ("pretrained_image_model", "true"), ("pretrained_text_model", "true"), ("image_model_tag", start), ("text_model_tag", start),
            .. settings.Select(s => s.Item1 == "resume" ? (s.Item1, trained) : s),
        ];
        var alone = Scores(world.Train(Spec(settings, ("name", "alone"), ("batch_size", "2"), ("nproc_per_node", "3")), TestContext.Current.CancellationToken));
        var together = Scores(Together(3, Spec(settings, ("name", "together"), ("batch_size", "2"), ("nnodes", "3")), followersCache: "cache-of-followers"));
        Assert.NotEmpty(alone);
        Assert.True(alone.SequenceEqual(together), $"{what}:\n{string.Join('\n', alone)}\n\n{string.Join('\n', together)}");
    }

    [Fact]
    public void Frozen_features_that_one_process_has_kept_are_made_by_all_or_by_none()
    {
        (string, string)[] settings = [("cache_frozen", "true"), ("lock_image_model", "true"), ("lock_text_model", "true"), ("image_head_n_layers", "1"), ("text_head_n_layers", "1"), ("joint_projection_dim", "8")];
        var once = Scores(Together(2, Spec(settings, ("name", "once"), ("nnodes", "2")), followersCache: "cache-of-followers"));
        var kept = Directory.GetFiles(Path.Combine(world.Coco.Root, "cache-of-followers"), "*.safetensors", SearchOption.AllDirectories);
        Assert.Equal(4, kept.Length);
        Directory.Delete(Path.Combine(world.Coco.Root, "cache-of-followers"), recursive: true);

        Assert.Equal(once, Scores(Together(2, Spec(settings, ("name", "again"), ("nnodes", "2")), followersCache: "cache-of-followers")));
        Assert.All(kept, file => Assert.True(File.Exists(file)));
        Assert.Equal(once, Scores(Together(2, Spec(settings, ("name", "kept"), ("nnodes", "2")), followersCache: "cache-of-followers")));
    }

    [Fact]
    public void What_any_process_leaves_out_of_an_evaluation_is_told_and_an_image_that_breaks_one_ends_all()
    {
        AddCifar10();
        // Batches of two are dealt out in turn: the third process has this one.
        File.WriteAllBytes(world.Coco.ImagePath(4).Replace("train2017", "val2017", StringComparison.Ordinal), [0xff, 0xd8]);
        (string, string)[] settings = [("train_data", ""), ("batch_size", "2"), ("skip_broken", "true")];
        var alone = world.Train(Spec(settings, ("name", "alone")), TestContext.Current.CancellationToken).ToList();
        var together = Together(3, Spec(settings, ("name", "together"), ("nnodes", "3")), followersCache: "cache").ToList();
        Assert.Equal(24, together.OfType<RecordRetrieval>().Single().Images);
        Assert.Equal(Scores(alone), Scores(together));
        Assert.Equal(alone.OfType<SkipSamples>().Select(s => (s.Epoch, s.Count, s.Role, string.Join(' ', s.Examples))), together.OfType<SkipSamples>().Select(s => (s.Epoch, s.Count, s.Role, string.Join(' ', s.Examples))));

        var error = Assert.Throws<AggregateException>(() => Together(3, Spec([.. settings, ("skip_broken", "false")], ("name", "broken"), ("nnodes", "3")), followersCache: "cache"));
        Assert.Contains(error.Flatten().InnerExceptions, e => e.Message.Contains("000000000004.jpg", StringComparison.Ordinal));
    }

    [Fact]
    public void Whoever_stops_an_evaluation_stops_it_in_all_processes_and_training_is_intact()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var commands = new List<RunCommand>();
        var spec = Spec([], ("name", "stopped"), ("nnodes", "2"), ("eval_first", "true"));
        Run(new Team(2, spec, spec, "cache"), RunStatus.Cancelled, command =>
        {
            commands.Add(command);
            if (command is PlanTraining) stop.Cancel();
        }, stop.Token);
        Assert.Empty(commands.OfType<RecordRetrieval>());
        Assert.Single(commands.OfType<PlanTraining>());
    }

    [Fact]
    public void A_process_with_another_evaluation_set_is_refused()
    {
        using var other = new TinyWorld(images: 25);
        var annotations = Path.Combine(other.Coco.Root, "coco2017", "annotations", "captions_val2017.json");
        File.WriteAllText(annotations, File.ReadAllText(annotations).Replace("caption 0", "another 0", StringComparison.Ordinal));
        var error = Assert.Throws<AggregateException>(() => Together(2, Spec([], ("name", "other"), ("nnodes", "2")), "cache", followers: Spec([], ("name", "other"), ("nnodes", "2"), ("datasets_dir", other.Coco.Root))));
        Assert.Contains(error.Flatten().InnerExceptions, e => e.Message.Contains("the retrieval set has other images or texts on", StringComparison.Ordinal));
    }

    public void Dispose() => world.Dispose();

    private void AddCifar10()
    {
        using var sets = new DataSetsFolder();
        sets.WriteCifar10(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        foreach (var folder in Directory.GetDirectories(sets.Root)) Directory.Move(folder, Path.Combine(world.Coco.Root, Path.GetFileName(folder)));
    }

    private string Checkpoint(string name, double lr)
    {
        Assert.NotEmpty(world.Train(Spec([("name", name), ("lr", $"{lr}"), ("seed", "9")]), TestContext.Current.CancellationToken).ToList());
        return Path.Combine(world.Logs, name, "checkpoints", "epoch_1.pt");
    }

    // Not Adam, which makes steps of rounding noise where there is no gradient.
    private RunSpec Spec((string, string)[] settings, params (string, string)[] more) => world.Spec([("opt", "sgd"), ("epochs", "1"), .. settings, .. more]);

    private static IReadOnlyList<string> Scores(IEnumerable<RunCommand> commands) => [.. commands.Select(c => c switch
    {
        RecordRetrieval r => $"{r.Epoch} {r.Weights} {r.Images} {r.Scores}",
        RecordClassification k => $"{k.Epoch} {k.Method} {k.Weights} {k.Images} {string.Join(' ', k.Scores)}",
        _ => null,
    }).OfType<string>()];

    private List<RunCommand> Together(int processes, RunSpec spec, string followersCache, RunSpec? followers = null)
    {
        var commands = new List<RunCommand>();
        Run(new Team(processes, spec, followers ?? spec, followersCache), RunStatus.Completed, commands.Add, TestContext.Current.CancellationToken);
        return commands;
    }

    private void Run(Team team, RunStatus end, Action<RunCommand> see, CancellationToken cancellation)
    {
        var port = LoopbackTeams.FreePort();
        LoopbackTeams.OnAll(team.Processes, process =>
        {
            var rendezvous = new Rendezvous(LoopbackTeams.Place(process, team.Processes, port), TimeProvider.System, _ => { }, () => { });
            string models = Path.Combine(world.Coco.Root, "models"), cache = Path.Combine(world.Coco.Root, process == 0 ? "cache" : team.FollowersCache);
            var log = new TinyWorld.Log([], []);
            if (process > 0) Assert.Equal(end, new ClipFollower(models, cache, _ => log, TimeProvider.System, rendezvous).Follow(ClipConfig.Parse(team.Followers.Config), logsLocally: false, CancellationToken.None));
            else
            {
                foreach (var command in new ClipTrainer(models, cache, _ => log, TimeProvider.System, rendezvous).Train(team.Leader, from: null, cancellation)) see(command);
            }
            return true;
        });
    }

    private sealed record Team(int Processes, RunSpec Leader, RunSpec Followers, string FollowersCache);
}
