using Itra.Domain.Runs;
using Itra.Tracking.Explanations;
using static Itra.Tracking.Tests.Explanations.Recorded;

namespace Itra.Tracking.Tests.Explanations;

public class ExplanationTests
{
    private static Explanation Explain(ScoreQuestion question, params RunEvent[] events)
    {
        var record = Run("run-a", [Registered("run-a"), Started(), TrainedOn("coco"), Model(), Plan(), .. events]);
        return Explanation.Of(question, new Evidence(
            record, new Dictionary<string, RunRecord> { ["run-a"] = record }, new Dictionary<string, Maker>(), new EarlierEvaluations(12, 5),
            [new Descendant("run-b", "tuned", 1)], new CoveringSeal(3, Noon), new HashSet<string>()));
    }

    [Fact]
    public void A_score_is_told_with_its_event_and_everything_around_it()
    {
        var judged = new ReproductionJudged("run-a", "run-c", Verdict.BitExact, [], null) { At = Noon };
        var e = Explain(new ScoreQuestion(), Epoch(1), Scored(1, 30), Epoch(2), Scored(2, 40), new RunCompleted { At = Noon.AddHours(1) }, judged);
        Assert.Equal(("run-a", MeanRecall, 40.0, 9L, "hash-run-a-9"), (e.RunId, e.Metric, e.Value, e.Measurement.Version, e.Measurement.Hash));
        Assert.Equal((RunStatus.Completed, 2, Noon.AddSeconds(1), Noon.AddHours(1)), (e.Status, e.EpochsCompleted, e.StartedAt, e.EndedAt));
        Assert.Equal("coco", Assert.Single(e.Datasets).Dataset.Name);
        Assert.Equal("1e-05", e.Settings["lr"]);
        Assert.Equal([judged], e.Verdicts);
        Assert.Equal(3, e.Seal!.Number);
        Assert.Equal("tuned", Assert.Single(e.Branches).Name);
    }

    [Fact]
    public void The_choice_counts_looks_at_the_same_split_and_no_others()
    {
        var chosen = Explain(new ScoreQuestion(Dataset: "coco"), Scored(1, 30), Scored(1, 99, "other", "flickr"), Scored(2, 40), Scored(3, 35)).Selection;
        Assert.Equal(new Selection(1, 3, 0) { StoreEvaluationsBefore = 12, StoreRunsBefore = 5 }, chosen);
        Assert.Equal(2, Explain(new ScoreQuestion(Epoch: 1, Dataset: "coco"), Scored(1, 30), Scored(2, 40), Scored(3, 35)).Selection.Better);
    }

    [Fact]
    public void Looks_that_a_resumption_has_superseded_were_looks_all_the_same()
    {
        var selection = Explain(new ScoreQuestion(), Epoch(1), Scored(1, 30), Epoch(2), Scored(2, 99), Resumed(null, 0, 0), Epoch(1), Scored(1, 50)).Selection;
        Assert.Equal((2, 3, 0), (selection.EvaluationsBefore, selection.Evaluations, selection.Better));
    }

    [Fact]
    public void A_run_that_goes_on_has_no_end_and_one_that_failed_has_a_reason()
    {
        Assert.Null(Explain(new ScoreQuestion(), Epoch(1), Scored(1, 30)).EndedAt);
        Assert.Null(Explain(new ScoreQuestion(), Epoch(1), Scored(1, 30), new RunFailed("broken", "X") { At = Noon }, Resumed(null, 0, 0), Epoch(1), Scored(1, 30)).EndReason);
        Assert.Equal("broken", Explain(new ScoreQuestion(), Epoch(1), Scored(1, 30), new RunFailed("broken", "X") { At = Noon }).EndReason);
    }
}
