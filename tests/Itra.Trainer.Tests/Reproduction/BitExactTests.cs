using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Trainer.Clip;
using Itra.Trainer.LinearProbe;
using Itra.Trainer.Tests.Clip;
using Itra.Trainer.Tests.Data.Classification;

namespace Itra.Trainer.Tests.Reproduction;

/// <summary>On one machine and with one thread count, a run again gives the same bits: losses, scores, weights. For each trainer, precision and group of flags.</summary>
public sealed class BitExactTests : IDisposable
{
    private readonly TinyWorld vit = new(), resNet = new(vit: false);

    public void Dispose()
    {
        vit.Dispose();
        resNet.Dispose();
    }

    public static TheoryData<string, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, bool>();
            foreach (var flags in new[]
                     {
                         "", "precision=amp", "opt=sgd", "opt=momentum", "opt=adam", "model_ema=true model_ema_decay=0.9", "accum_freq=2 batch_size=3",
                         "grad_checkpointing=true", "layer_decay_image=0.7 layer_decay_text=0.8", "lock_text_model=true",
                         "lock_image_model=true lock_image_partial=!proj", "lock_text_partial=token_embedding", "lock_image_model=true cache_frozen=true",
                         "prompt=true n_prompt=2", "image_head_n_layers=2 text_head_n_layers=1 joint_projection_dim=8", "episode_size=17",
                         "eval_first=true", "max_grad_norm=0.5 warmup=1", "precision=amp model_ema=true accum_freq=2 batch_size=3 grad_checkpointing=true",
                     })
            {
                cases.Add(flags, false);
                cases.Add(flags, true);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_run_again_is_bit_exact(string flags, bool isResNet) => MustBeBitExact(isResNet ? resNet : vit, Flags(flags), threads: 1);

    [Fact]
    public void It_is_with_two_threads_too() => MustBeBitExact(vit, Flags("batch_size=5"), threads: 2);

    [Theory]
    [InlineData("fp32")]
    [InlineData("amp")]
    public void A_linear_probe_again_is_bit_exact(string precision)
    {
        var config = LinearProbeTrainer.Complete(ClipConfig.Parse(vit.Spec(("precision", precision)).Config));
        MustBeBitExact(vit, [.. config.ToDictionary().Select(c => (c.Key, c.Value))], 1, new LinearProbeTrainer(vit.Clip));
    }

    [Theory]
    [InlineData("pytorch")]
    [InlineData("sklearn")]
    public void So_is_one_that_evaluates_classifiers_between_epochs(string mode)
    {
        using var sets = new DataSetsFolder();
        var cifar = sets.WriteCifar10(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        Directory.Move(cifar, Path.Combine(vit.Coco.Root, Path.GetFileName(cifar)));
        MustBeBitExact(vit, Flags($"zeroshot_frequency=1 linear_frequency=1 linear_prob_mode={mode}"), 1);
    }

    [Fact]
    public void So_is_one_that_evaluates_mixtures_with_its_starting_weights()
    {
        Assert.NotEmpty(Run(vit, vit.Spec(("name", "published"), ("epochs", "1"))));
        var weights = Path.Combine(vit.Logs, "published", "checkpoints", "epoch_1.pt");
        MustBeBitExact(vit, [("image_model_tag", weights), ("text_model_tag", weights), .. Flags("pretrained_image_model=true pretrained_text_model=true eval_with_wise_ft=0.5")], 1);
    }

    [Fact]
    public void Another_seed_diverges_at_once_and_the_first_difference_is_the_initial_weights()
    {
        var original = Recorded(vit.Spec(("name", "one")), Run(vit, vit.Spec(("name", "one"))));
        var judge = Judge(original, Run(vit, vit.Spec(("name", "two"), ("seed", "4"))));
        Assert.Equal(("the initial weights", 0), (judge.Divergence?.What, judge.Divergence?.Epoch));
    }

    private static (string, string)[] Flags(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(f => f.Split('=')).Select(f => (f[0], f[1]))];

    private static void MustBeBitExact(TinyWorld world, (string, string)[] flags, int threads, ITrainer? trainer = null)
    {
        RunSpec Spec(string name) => world.Spec([.. flags, ("threads", $"{threads}"), ("name", name)]);
        var first = Run(world, Spec("one"), trainer);
        var original = Recorded(Spec("one"), first);
        var judge = Judge(original, Run(world, Spec("two"), trainer));
        Assert.Null(judge.Divergence);
        Assert.Empty(judge.Deviations);
        Assert.Equal((Verdict.BitExact, first.OfType<LogMetrics>().LongCount()), (judge.Verdict, judge.Steps));
        Assert.True(judge.Steps >= 2);
        Assert.Contains(original.Facts.Values, f => f.Fact.Updates == judge.Steps);
    }

    private static List<RunCommand> Run(TinyWorld world, RunSpec spec, ITrainer? trainer = null) =>
        [.. (trainer ?? world.Clip).Train(spec, null, TestContext.Current.CancellationToken)];

    private static ReproductionJudge Judge(OriginalRun original, List<RunCommand> again)
    {
        var judge = new ReproductionJudge(original, new ReproductionTolerance([]));
        foreach (var command in again) judge.Observe(command);
        judge.Conclude();
        return judge;
    }

    private static OriginalRun Recorded(RunSpec spec, List<RunCommand> commands)
    {
        var provenance = new Provenance(null, false, [], "/", "me", "host", "Linux", "1", ".NET", new Dictionary<string, string>(), "cpu", 2, 1);
        List<(long, RunEvent)> events = [];
        var run = Domain.Runs.Run.Unknown;
        IEnumerable<RunCommand> all = [new RegisterRun("run-a", spec, provenance), new StartRun("host", 1, DateTimeOffset.UnixEpoch), .. commands, new CompleteRun()];
        foreach (var command in all.Select(c => c is SaveCheckpoint s ? s with { Stored = new Artifact(s.Path, 1) } : c))
        foreach (var e in RunDecider.Decide(command with { At = DateTimeOffset.UnixEpoch }, run))
        {
            run = run.Evolve(e);
            events.Add((events.Count + 1, e));
        }
        var steps = commands.OfType<LogMetrics>().Select(m => m.Chunk).ToList();
        var curves = steps.Count == 0 ? [] : steps[0].Names.Index().ToDictionary(n => n.Item, n => new RecordedCurve([.. steps.Select(c => c.FirstStep)], [.. steps.Select(c => c.Values[n.Index][0])]));
        return OriginalRun.Of(events, curves);
    }
}
