using Itra.Cli.Output;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;

namespace Itra.Cli.Tests.Output;

public class RunFactsTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Provenance Here = new(new string('e', 40), true, ["itra", "train"], "/home/ada", "ada", "turing", "Linux", "1.0.0", ".NET 10", new Dictionary<string, string>(), "cpu", 2, 2)
    {
        Patch = new Artifact(new string('9', 64), 10), Environment = new Dictionary<string, string> { ["TZ"] = "UTC", ["OMP_NUM_THREADS"] = "2" },
        Origins = new Dictionary<string, string> { ["lr"] = "run-parent" },
    };

    private static readonly RunRegistered Registered = new("run-a", new RunSpec("clip", "coco", "tuned", 3, new Dictionary<string, string> { ["lr"] = "1e-05" }), Here)
    {
        At = At, Origin = new RunOrigin(OriginKind.Branch, "run-parent", 1, 10),
    };

    private static RetrievalEvaluated Scored(int epoch, double recall) => new(epoch, "coco", "d", "raw", 10, 50, new RetrievalScores(recall, recall, recall, recall, recall, recall), 1) { At = At };

    private static RunReport Report(params IEnumerable<RunEvent> events)
    {
        RunEvent[] all = [Registered, .. events];
        var names = all.Select(e => string.Concat(e.GetType().Name.Select((c, i) => i > 0 && char.IsUpper(c) ? "_" + char.ToLowerInvariant(c) : $"{char.ToLowerInvariant(c)}")));
        return RunReport.Of(all.Aggregate((RunSummary?)null, RunSummary.Fold)!, [.. all.Zip(names, (e, name) => new StoredEvent(1, name, e.At, EventJson.Write(e)))], []);
    }

    private static string Value(RunReport report, string what) => string.Join('\n', RunFacts.Of(report).Where(f => f.What == what).Select(f => f.Value));

    [Fact]
    public void A_run_made_from_another_says_so_and_where_its_settings_came_from()
    {
        var report = Report();
        Assert.Equal("branch of run-parent at epoch 1", Value(report, "made_from"));
        Assert.EndsWith("\nrun-parent: lr 1e-05", Value(report, "settings"), StringComparison.Ordinal);
    }

    [Fact]
    public void Code_with_its_patch_and_variables_that_count_are_told()
    {
        Assert.StartsWith("commit eeeeeeeeeeee with changes (patch sha256 999999999999)", Value(Report(), "code"), StringComparison.Ordinal);
        Assert.Equal("OMP_NUM_THREADS=2 TZ=UTC", Value(Report(), "environment"));
    }

    [Fact]
    public void Files_resumptions_and_verdicts_are_told()
    {
        var report = Report(
            new RunStarted("turing", 1, At) { At = At }, new InputFingerprinted("image-weights", "RN50.pt", new Artifact(new string('b', 64), 1 << 20), false) { At = At },
            new RunResumed("turing", 2, At, null, 0, 0) { At = At }, new ReproductionJudged("run-a", "run-c", Verdict.BitExact, [], null) { At = At });
        Assert.Equal("RN50.pt, 1.0 MiB, sha256 bbbbbbbbbbbb", Value(report, "image_weights"));
        Assert.EndsWith("from the start on turing", Value(report, "resumed"), StringComparison.Ordinal);
        Assert.StartsWith("by run-c: bit-exact", Value(report, "reproduced"), StringComparison.Ordinal);
    }

    [Fact]
    public void Scores_that_a_resumption_has_superseded_are_left_out()
    {
        var report = Report(new RunStarted("turing", 1, At) { At = At }, Scored(1, 30), Scored(2, 99), new RunResumed("turing", 2, At, "k", 1, 10) { At = At }, Scored(2, 40));
        Assert.Equal([30.0, 40.0], report.Evaluations.Select(e => Math.Round(e.Scores.MeanRecall, 6)));
    }

    [Fact]
    public void A_table_of_runs_has_columns_for_marks_and_verdicts_only_where_there_are_any()
    {
        string[] Labels(int width, params RunSummary[] runs) => [.. RunColumns.For(runs, width).Select(c => c.Label).Where(l => l.Length > 0)];
        string Cell(string heading, int? width, RunSummary run) => RunColumns.For([run], width).Single(c => c.Heading == heading).Text(run);
        var plain = new RunSummary("run-a", "a", "coco", "clip", RunStatus.Completed, At, null);
        var resumed = plain with { Resumptions = 2, Origin = new RunOrigin(OriginKind.Branch, "run-b"), Verdict = Verdict.BitExact };
        Assert.Equal(["id", "name", "experiment", "status", "epoch", "loss", "recall", "started at"], Labels(120, plain));
        Assert.Equal(["marks", "reproduced"], Labels(120, plain, resumed)[8..]);
        Assert.Equal(["marks", "="], Labels(100, plain, resumed)[7..]);
        Assert.Equal(["id", "name", "status", "epoch", "recall", "marks", "="], Labels(80, plain, resumed));
        Assert.Equal(("branch resumed 2x", "✓ bit-exact", "✓", "✓ bit-exact", ""), (Cell("marks", 80, resumed), Cell("verdict", 120, resumed), Cell("verdict", 80, resumed), Cell("verdict", null, resumed), Cell("verdict", 80, plain)));
    }
}
