using Itra.Cli.Ablations;
using Itra.Cli.Sweeps;
using Itra.Cli.Tests.Sweeps;
using Itra.Trainer.Clip;

namespace Itra.Cli.Tests.Ablations;

public class AblationLadderTests
{
    private static readonly IReadOnlyDictionary<string, string> From = With(ClipConfig.Flags.Where(f => f.Key != "name").ToDictionary(f => f.Key, f => f.Default),
        ("train_data", "mscoco_captions"), ("retrieval_data", "mscoco_captions"), ("image_model", "RN50"), ("text_model", "RN50"), ("batch_size", "32"), ("accum_freq", "8"), ("trainer", "clip"));

    private static IReadOnlyDictionary<string, string> With(IReadOnlyDictionary<string, string> settings, params (string Key, string Value)[] changed) =>
        Change.Joined(settings, changed.ToDictionary(c => c.Key, c => c.Value));

    private static AblationLadder Ladder(params (string Key, string Value)[] to) => AblationLadder.Between(From, to.ToDictionary(t => t.Key, t => t.Value), s => Settable.Refusal(s) is null);

    [Fact]
    public void Every_change_is_made_alone_and_then_one_after_another_in_the_order_of_the_flags()
    {
        var ladder = Ladder(("lr", "1e-05"), ("epochs", "10"), ("lock_image_model", "true"));
        Assert.Equal(["start", "only-lock_image_model", "only-epochs", "only-lr", "ladder-2-epochs", "ladder-3-lr"], ladder.Rungs.Select(r => r.Trial));
        Assert.Equal([null, "start", "start", "start", "only-lock_image_model", "ladder-2-epochs"], ladder.Rungs.Select(r => r.Below));
        Assert.Equal(new Dictionary<string, string> { ["lock_image_model"] = "true", ["epochs"] = "10", ["lr"] = "1e-05" }, ladder.Rungs[^1].Settings);
        Assert.Equal(new Dictionary<string, string> { ["lr"] = "1e-05" }, ladder.Rungs[3].Settings);
    }

    [Fact]
    public void One_change_needs_no_ladder() => Assert.Equal(["start", "only-lr"], Ladder(("lr", "1e-05")).Rungs.Select(r => r.Trial));

    [Fact]
    public void Settings_that_say_one_thing_together_are_changed_together()
    {
        var ladder = Ladder(("model_ema", "true"), ("model_ema_decay", "0.998"), ("lock_text_model", "true"), ("lock_text_partial", "!ln_final"), ("prompt", "true"), ("n_prompt", "8"), ("batch_size", "256"), ("accum_freq", "1"));
        Assert.Equal(["prompt+n_prompt", "lock_text_model+lock_text_partial", "batch_size+accum_freq", "model_ema+model_ema_decay"], ladder.Changes.Select(c => string.Join('+', c.Settings.Keys)));
        Assert.Equal(8, ladder.Rungs.Count);
    }

    [Fact]
    public void A_change_that_would_be_refused_alone_is_joined_with_the_one_it_needs()
    {
        // Weights at a share of the way need both towers to start from published ones.
        var ladder = Ladder(("eval_with_wise_ft", "0.5"), ("lr", "1e-05"), ("pretrained_image_model", "true"), ("pretrained_text_model", "true"));
        Assert.Equal(["eval_with_wise_ft+pretrained_image_model+pretrained_text_model", "lr"], ladder.Changes.Select(c => string.Join('+', c.Settings.Keys)).OrderByDescending(c => c.Length));
    }

    [Fact]
    public void Towers_that_do_not_fit_each_other_are_not_proposed() =>
        Assert.Equal(["image_model", "text_model"], Ladder(("image_model", "ViT-B-32"), ("text_model", "ViT-B-32")).Changes.Single().Settings.Keys);

    [Fact]
    public void A_rung_that_does_not_stand_by_itself_is_passed()
    {
        static bool Sound(IReadOnlyDictionary<string, string> s) => !(s["lr"] == "1" && s["epochs"] == "2" && s["warmup"] == "0");
        var ladder = AblationLadder.Between(From, new Dictionary<string, string> { ["lr"] = "1", ["epochs"] = "2", ["warmup"] = "3" }, Sound);
        Assert.Equal(["start", "only-epochs", "only-lr", "only-warmup", "ladder-3-warmup"], ladder.Rungs.Select(r => r.Trial));
        Assert.Equal("only-epochs", ladder.Rungs[^1].Below);
    }

    [Fact]
    public void The_file_is_a_recipe_whose_trials_have_just_the_settings_of_their_rungs()
    {
        var odd = With(From, ("csv_separator", "\t"), ("retrieval_csv_separator", ":"), ("lock_image_partial", "!attnpool,!layer4"), ("lock_image_model", "true"), ("logs", "logs/a b#c"), ("report_to", "tensorboard"), ("images_dir", "null"));
        var ladder = AblationLadder.Between(odd, new Dictionary<string, string> { ["lr"] = "1E-05", ["lock_image_partial"] = "", ["lock_image_model"] = "false", ["csv_separator"] = "'\"|" }, s => Settable.Refusal(s) is null);
        var written = ladder.Recipe("any", "From a: to \"b\"", "retrieval-mean-recall", new Dictionary<string, string> { ["datasets_dir"] = "/there" });
        var read = Recipes.Parse(LadderFile.Yaml(written, ["a\nremark"]));
        Assert.Equal((written.Title, written.Metric), (read.Title, read.Metric));
        Assert.Equal(written.Shared, read.Shared);
        Assert.Equal(written.Trials.Select(t => (t.Name, string.Join(';', t.Settings))), read.Trials.Select(t => (t.Name, string.Join(';', t.Settings))));

        var planned = Recipes.Plan(read);
        foreach (var (rung, trial) in ladder.Rungs.Zip(planned))
        {
            var asked = trial.Request.Config.ToDictionary();
            Assert.Equal(With(odd, [.. rung.Settings.Select(s => (s.Key, s.Value)), .. rung == ladder.Rungs[^1] ? new[] { ("datasets_dir", "/there") } : []]).Where(s => s.Key != "trainer").OrderBy(s => s.Key),
                asked.Where(s => s.Key != "name").OrderBy(s => s.Key));
        }
    }

    [Fact]
    public void A_file_that_holds_something_else_is_not_written_over()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.Delete(path);
            LadderFile.Save(path, "title: a\n");
            LadderFile.Save(path, "title: a\n");
            var error = Assert.Throws<Itra.Domain.UserErrorException>(() => LadderFile.Save(path, "title: b\n"));
            Assert.Contains("is there already", error.Message, StringComparison.Ordinal);
            Assert.Equal("title: a\n", File.ReadAllText(path));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
