using Itra.Cli.Output;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Explanations;

namespace Itra.Cli.Tests.Output;

public class ExplanationPageTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Provenance Here = new(
        new string('e', 40), true, ["itra", "train"], "/home/ada/" + new string('x', 60), "ada", "turing", "Linux", "1.0.0", ".NET 10", new Dictionary<string, string> { ["TorchSharp"] = "1" }, "cpu", 2, 2);

    private static readonly Measurement Scored = new(
        11, "retrieval_evaluated", At, new string('f', 64), 2, "retrieval", [new MeasuredSet("mscoco_captions", new string('c', 64))], "raw", new RetrievalScores(10, 20, 30, 40, 50, 61.5).ByMetric()) { Images = 5000, Captions = 25_010 };

    private static Explanation Explained(Dictionary<string, string>? settings = null) => new(
        "run-0123456789", "good", "coco", "clip", 1, RunStatus.Completed, RetrievalScores.MeanRecallMetric, 35.25, Scored, new Selection(1, 2, 0) { StoreEvaluationsBefore = 1234, StoreRunsBefore = 56 },
        new ScoredWeights(WeightsFate.Kept, 2, 20, "epoch_2.pt", new string('d', 64), 1 << 20, true), [new Ancestor(0, AncestorKind.InitialWeights, "RN50.pt", new string('b', 64))],
        [new DatasetFingerprinted("train", new DatasetFingerprint("mscoco_captions", 80, 400, 12345, new string('a', 64))) { At = At }], [], null,
        settings ?? new Dictionary<string, string> { ["lr"] = "1e-05", ["epochs"] = "32", ["logs"] = "elsewhere" }, Here, At, At.AddMinutes(5), 2);

    private static string Value(Explanation e, string what) => string.Join('\n', ExplanationPage.Facts(e).Where(f => f.What == what).Select(f => f.Value));

    [Fact]
    public void The_title_says_which_score_of_which_run() => Assert.Equal("35.25 retrieval-mean-recall of good (run-0123456789), epoch 2", ExplanationPage.Title(Explained()));

    [Fact]
    public void Seals_hashes_and_looks_are_told()
    {
        Assert.EndsWith("hash ffffffffffff; not sealed yet", Value(Explained(), "event"), StringComparison.Ordinal);
        Assert.Contains("(seal 3)", Value(Explained() with { Seal = new CoveringSeal(3, At) }, "event"), StringComparison.Ordinal);
        Assert.Equal("the best of 2 evaluations on this split in this run, 1 of them before; the whole store had 1,234 before it, of 56 runs", Value(Explained(), "choice"));
        Assert.StartsWith("number 2 of 2", Value(Explained() with { Selection = new Selection(0, 2, 1) }, "choice"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WeightsFate.Kept, true, "in the artifact store")]
    [InlineData(WeightsFate.Kept, false, "GONE")]
    [InlineData(WeightsFate.NotKept, null, "none of epoch 2 was kept")]
    public void What_became_of_the_weights_is_told_as_it_is(WeightsFate fate, bool? inStore, string words) =>
        Assert.Contains(words, Value(Explained() with { Weights = new ScoredWeights(fate, 2, 20, "epoch_2.pt", "d", 1, inStore) }, "checkpoint"), StringComparison.Ordinal);

    [Fact]
    public void Only_settings_that_differ_from_their_default_are_shown_by_where_they_came_from()
    {
        var of = Explained();
        Assert.Equal("trainer clip, seed 1; what differs from the defaults:\n(source not recorded) lr 1e-05", Value(of, "settings"));
        var told = of with { Settings = new Dictionary<string, string> { ["lr"] = "1e-05", ["warmup"] = "100", ["batch_size"] = "64" }, Provenance = Here with { Origins = new Dictionary<string, string> { ["lr"] = "command line", ["warmup"] = "lr.yaml" } } };
        Assert.Equal("trainer clip, seed 1; what differs from the defaults:\ncommand line: lr 1e-05\nlr.yaml: warmup 100", Value(told, "settings"));
        Assert.Equal("trainer clip, seed 1; all others are defaults", Value(of with { Settings = new Dictionary<string, string> { ["lr"] = "0.0005" } }, "settings"));
    }

    [Fact]
    public void Changes_to_the_code_are_told_with_their_patch_or_as_not_recorded()
    {
        Assert.StartsWith("commit eeeeeeeeeeee with changes (which were not recorded)", Value(Explained(), "code"), StringComparison.Ordinal);
        Assert.StartsWith("commit eeeeeeeeeeee with changes (patch sha256 999999999999)", Value(Explained() with { Provenance = Here with { Patch = new Artifact(new string('9', 64), 10) } }, "code"), StringComparison.Ordinal);
        Assert.StartsWith("outside a git repository", Value(Explained() with { Provenance = Here with { Commit = null } }, "code"), StringComparison.Ordinal);
    }

    [Fact]
    public void Resumptions_branches_and_verdicts_are_told()
    {
        var e = Explained();
        Assert.Equal(("never", "", "not yet: itra reproduce run-0123456789"), (Value(e, "resumed"), Value(e, "branches"), Value(e, "reproduced")));
        var told = e with
        {
            Resumptions = [new RunResumed("turing", 2, At, new string('k', 64), 1, 10) { At = At }], Branches = [new Descendant("run-b", "tuned", 1)],
            Verdicts = [new ReproductionJudged("run-0123456789", "run-c", Verdict.BitExact, [], null) { At = At }, new ReproductionJudged("run-0", "run-0123456789", Verdict.BitExact, [], null) { At = At }],
        };
        Assert.Contains("from epoch 1, update 10 (checkpoint kkkkkkkkkkkk) on turing", Value(told, "resumed"), StringComparison.Ordinal);
        Assert.Equal("tuned (run-b) at epoch 1", Value(told, "branches"));
        Assert.StartsWith("by run-c: bit-exact", Value(told, "reproduced"), StringComparison.Ordinal);
        Assert.Contains("; itself a reproduction of run-0: bit-exact", Value(told, "reproduced"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(80)]
    public void However_much_there_is_to_tell_it_is_one_screen(int width)
    {
        var settings = Trainer.Clip.ClipConfig.Flags.ToDictionary(f => f.Key, f => f.Default + "7");
        var origins = settings.Keys.Index().ToDictionary(k => k.Item, k => $"recipes/{k.Index % 4}.yaml");
        var much = Explained(settings) with
        {
            Provenance = Here with { Origins = origins, Libraries = Enumerable.Range(0, 20).ToDictionary(i => $"library{i}", i => $"1.{i}.0-{new string('v', 20)}") },
            Ancestors = [.. Enumerable.Range(0, 9).Select(i => new Ancestor(i, AncestorKind.Checkpoint, $"epoch_{i}.pt", new string('1', 64), $"run-{i}", new string('n', 40), i) { TrainedOn = new MeasuredSet("flickr", "f") })],
            Inputs = [.. new[] { "vocabulary", "image-model", "text-model" }.Select(role => new InputFingerprinted(role, "file", new Artifact(new string('2', 64), 1), false) { At = At })],
            Resumptions = [.. Enumerable.Range(0, 20).Select(i => new RunResumed("turing", i, At, new string('k', 64), i, i) { At = At })],
            Branches = [.. Enumerable.Range(0, 20).Select(i => new Descendant($"run-{i}", new string('b', 30), i))],
        };
        var lines = ExplanationPage.Screen(ExplanationPage.Title(much), ExplanationPage.Facts(much), width);
        Assert.InRange(lines.Count, 30, ExplanationPage.Lines);
        Assert.All(lines, line => Assert.True(line.Length <= width, line));
        Assert.Contains(lines, line => line.EndsWith('…'));
        Assert.Contains(lines, line => line.StartsWith("reproduced ", StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_are_told_in_full_before_versions_of_libraries_are()
    {
        var settings = Trainer.Clip.ClipConfig.Flags.Take(30).ToDictionary(f => f.Key, f => f.Default + "7");
        var much = Explained(settings) with { Provenance = Here with { Libraries = Enumerable.Range(0, 60).ToDictionary(i => $"library{i}", i => $"1.{i}.0-{new string('v', 20)}") } };
        var lines = ExplanationPage.Screen(ExplanationPage.Title(much), ExplanationPage.Facts(much), 80);
        Assert.Equal(ExplanationPage.Lines, lines.Count);
        var told = string.Join(' ', lines.Select(l => l.Trim())).Replace("  ", " ");
        Assert.Contains(told, t => t == '…');
        Assert.Contains(Value(much, "settings").Split(", ")[^1], told, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_wrap_at_blanks_and_long_ones_within()
    {
        Assert.Equal(["one two", "three"], Wrapping.Lines("one two three", 7));
        Assert.Equal(["abcde", "fgh"], Wrapping.Lines("abcdefgh", 5));
        Assert.Equal([""], Wrapping.Lines("", 5));
    }
}
