using Itra.Cli.Arguments;
using Itra.Domain;
using Itra.Trainer.Clip;

namespace Itra.Cli.Tests.Arguments;

/// <summary>Every flag that the original program has, typed from its own list: none is unknown here.</summary>
public class OriginalFlagsTests
{
    private const string Works = """
        train-data retrieval-data retrieval-frequency zeroshot-frequency datasets-dir epochs save-frequency batch-size workers lr warmup weight_decay max-grad-norm
        image-model text-model image-model-builder text-model-builder pretrained-image-model pretrained-text-model loss report-to logs name
        lock-image-model lock-text-model lock-image-partial lock-text-partial layer_decay_image layer_decay_text model_ema model_ema_decay eval-with-wise-ft resume
        images-dir csv-separator csv-img-key csv-caption-key retrieval-images-dir retrieval-csv-separator retrieval-csv-img-key retrieval-csv-caption-key
        config-yaml episode-size prompt n-prompt
        text-model-tag image-model-tag text-head-n-layers image-head-n-layers joint-projection-dim cache-dir w-align dataset-size restart opt opt_eps opt_betas momentum
        backbone_decay precision use-bn-sync local-loss gather-with-grad force-quick-gelu eval-first linear-frequency C linear-prob-mode seed
        """;

    private const string ChangesNothing = """
        log-local debug copy-codebase wandb-notes save-most-recent model_ema_force_cpu beta1 beta2 eps
        dist-url dist-backend ddp-static-graph find-unused-parameters no-set-device-rank
        """;

    private const string IsRefused = """
        logit-scale image-resolution max-seq-length text-pooler adapter cache-teacher w-rkd-d w-rkd-a dino-teacher-temp w-simcse w-distill augmentation
        clip_grad weight_decay_end nlp-eval-frequency visualize-frequency torchscript trace horovod teacher BYOL nori-dataset retrieval-nori-dataset skip-scheduler
        """;

    private static readonly string[] Enough = ["--train-data", "a.csv", "--image-model", "RN50", "--text-model", "RN50"];

    private static string[] Names(string list) => list.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

    public static TheoryData<string> Idle => [.. Names(ChangesNothing)];

    public static TheoryData<string> Refused => [.. Names(IsRefused)];

    /// <summary>The flag with a value that is not the original's own, where it takes one.</summary>
    private static string[] Typed(string name) => OriginalFlags.All.Single(f => f.Name == name).Arity == FlagArity.Switch ? [$"--{name}"] : [$"--{name}", "12.5"];

    [Fact]
    public void The_list_has_every_flag_once()
    {
        Assert.Equal(Names(Works).Except(["config-yaml"]).Order(), ClipConfig.Flags.Select(f => f.Name).Intersect(Names(Works)).Order());
        Assert.Equal(Names(ChangesNothing).Order(), OriginalFlags.All.Where(f => !f.IsRefused).Select(f => f.Name).Order());
        Assert.Equal(Names(IsRefused).Order(), OriginalFlags.All.Where(f => f.IsRefused).Select(f => f.Name).Order());
        Assert.Equal(107, Names(Works).Concat(Names(ChangesNothing)).Concat(Names(IsRefused)).Distinct().Count());
    }

    [Theory, MemberData(nameof(Idle))]
    public void A_flag_without_effect_is_accepted_and_said_to_be_so(string name)
    {
        var plain = TrainRequest.Read(Enough);
        var request = TrainRequest.Read([.. Enough, .. Typed(name)]);
        Assert.StartsWith($"--{name} changes nothing: ", Assert.Single(request.Notices), StringComparison.Ordinal);
        Assert.Equal(plain.Config.ToDictionary(), request.Config.ToDictionary());
    }

    [Theory, MemberData(nameof(Refused))]
    public void A_flag_that_asks_for_something_else_is_refused_by_name_with_the_reason(string name)
    {
        var message = Assert.Throws<UserErrorException>(() => TrainRequest.Read([.. Enough, .. Typed(name)])).Message;
        Assert.Matches($"^--{name}: .{{10,}}", message);
        // In the other spelling, too.
        var other = name.Contains('_') ? name.Replace('_', '-') : name.Replace('-', '_');
        Assert.Equal(message, Assert.Throws<UserErrorException>(() => TrainRequest.Read([.. Enough, $"--{other}", .. Typed(name)[1..]])).Message);
    }

    [Theory]
    [InlineData("--text-pooler", "cls")]
    [InlineData("--w-rkd-a", "1")]
    [InlineData("--teacher", "text")]
    public void What_the_original_does_by_itself_may_be_said(params string[] words) =>
        Assert.Equal([$"{words[0]} changes nothing: {words[1]} is its default"], TrainRequest.Read([.. Enough, .. words]).Notices);

    [Fact]
    public void Nobody_is_pointed_to_a_flag_that_is_refused() => Assert.Matches(
        "^unknown flag --horovd; the nearest known one is --(?!horovod)", Assert.Throws<UserErrorException>(() => TrainRequest.Read([.. Enough, "--horovd"])).Message);

    [Theory]
    [InlineData(8, "--nproc_per_node", "8")]
    [InlineData(16, "--nproc-per-node", "8", "--accum-freq", "2")]
    [InlineData(1, "--nproc_per_node", "1")]
    public void Every_device_has_a_batch_of_its_own_in_each_update(int batches, params string[] words) =>
        Assert.Equal(batches * 64, TrainRequest.Read([.. Enough, .. words]).Config.PairsPerUpdate);

    [Theory]
    [InlineData("0", "--nproc_per_node must be at least 1")]
    [InlineData("two", "--nproc_per_node takes a whole number, not 'two'")]
    public void A_number_of_devices_is_one(string text, string message) => Assert.Contains(
        message, Assert.Throws<UserErrorException>(() => TrainRequest.Read([.. Enough, "--nproc_per_node", text])).Message, StringComparison.Ordinal);
}
