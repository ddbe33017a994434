using Itra.Domain.Artifacts;
using Itra.Domain.Runs;

namespace Itra.Domain.Tests.Runs;

public class RunResumptionTests
{
    private static readonly ResumeRun FromFirst = new("noether", 12, Facts.Then, Facts.Blob.Sha256, 1, 10);
    private static readonly CheckpointSaved First = new(1, 10, "epoch_1.pt", Facts.Blob) { Updates = 10, At = Facts.Then };
    private static readonly CheckpointSaved Second = new(2, 20, "epoch_2.pt", new Artifact(new string('b', 64), 10)) { Updates = 20, At = Facts.Then };

    [Fact]
    public void An_interrupted_run_goes_on_from_one_of_its_checkpoints()
    {
        foreach (RunEvent end in new RunEvent[] { Facts.Failed, Facts.Cancelled })
            Story.Given(Facts.Running(Facts.Epoch(1), First, end)).When(FromFirst).Then(new RunResumed("noether", 12, Facts.Then, Facts.Blob.Sha256, 1, 10) { At = Facts.Now });
    }

    [Fact]
    public void An_interrupted_run_without_a_checkpoint_starts_over() =>
        Story.Given(Facts.Running(Facts.Failed)).When(FromFirst with { CheckpointSha256 = null, Epoch = 0, Updates = 0 })
            .Then(new RunResumed("noether", 12, Facts.Then, null, 0, 0) { At = Facts.Now });

    [Fact]
    public void A_checkpoint_of_another_run_is_refused() =>
        Story.Given(Facts.Running(Facts.Epoch(1), First, Facts.Failed)).When(FromFirst with { CheckpointSha256 = new string('c', 64) }).ThenRefused("no such checkpoint");

    [Fact]
    public void A_completed_run_has_nothing_left_to_resume() =>
        Story.Given(Facts.Running(First, Facts.Completed)).When(FromFirst).ThenRefused("nothing left to resume");

    [Fact]
    public void A_run_that_another_process_runs_is_not_taken_from_it() =>
        Story.Given(Facts.Running(First)).When(FromFirst).ThenRefused("is being run by process 4711 on turing");

    [Fact]
    public void What_came_after_the_checkpoint_may_come_out_differently()
    {
        var resumed = Story.Given(Facts.Running(
            Facts.Logged(0, 3, 2, 1), Facts.Epoch(1), First, Facts.Logged(10, 0.5, 0.4), Facts.Epoch(2), Retrieval(2), Second, Facts.Failed,
            new RunResumed("noether", 12, Facts.Then, Facts.Blob.Sha256, 1, 10) { At = Facts.Then }));

        resumed.When(new LogMetrics(Facts.Chunk(10, 0.6))).Then(Facts.Logged(10, 0.6) with { At = Facts.Now });
        resumed.When(new CompleteEpoch(2, 20, 0.5, 1e-5, 12, 3)).Then(Facts.Epoch(2) with { At = Facts.Now });
        resumed.When(new RecordRetrieval(2, "coco", "d", "raw", 1, 5, Facts.Scores with { ImageToTextR1 = 9 }, 1)).Then(Retrieval(2, 9) with { At = Facts.Now });
        resumed.When(new SaveCheckpoint(2, 20, "epoch_2.pt") { Stored = Second.Artifact, Updates = 20 }).Then(Second with { At = Facts.Now });
    }

    [Fact]
    public void What_came_before_the_checkpoint_stands()
    {
        var resumed = Story.Given(Facts.Running(
            Facts.Logged(0, 3, 2, 1), Facts.Epoch(1), Retrieval(1), First, Facts.Failed, new RunResumed("noether", 12, Facts.Then, Facts.Blob.Sha256, 1, 3) { At = Facts.Then }));

        resumed.When(new LogMetrics(Facts.Chunk(0, 3, 2, 1))).ThenNothing();
        resumed.When(new LogMetrics(Facts.Chunk(2, 9, 9))).ThenRefused("overlap");
        resumed.When(new RecordRetrieval(1, "coco", "d", "raw", 1, 5, Facts.Scores with { ImageToTextR1 = 9 }, 1)).ThenRefused("differs");
        resumed.When(new StartFromCheckpoint("epoch_1.pt", Facts.Blob.Sha256, 1, 10, [])).ThenNothing();
    }

    [Fact]
    public void A_branch_that_starts_over_counts_on_from_the_other_runs_epochs()
    {
        var begun = new StartedFromCheckpoint("epoch_1.pt", Facts.Blob.Sha256, 1, 10, []) { At = Facts.Then };
        Story.Given(Facts.Running(begun, Facts.Epoch(2), Facts.Failed, new RunResumed("noether", 12, Facts.Then, null, 0, 0) { At = Facts.Then }))
            .When(new CompleteEpoch(2, 20, 0.5, 1e-5, 12, 3)).Then(Facts.Epoch(2) with { At = Facts.Now });
    }

    [Fact]
    public void A_verdict_is_recorded_once_on_each_of_both_runs_after_they_have_ended()
    {
        var judge = new JudgeReproduction("run-a", "run-b", Verdict.BitExact, [], null);
        var judged = new ReproductionJudged("run-a", "run-b", Verdict.BitExact, [], null) { At = Facts.Now };

        Story.Given(Facts.Running(Facts.Completed)).When(judge).Then(judged);
        Story.Given(Facts.Running(Facts.Completed, judged)).When(judge).ThenNothing();
        Story.Given(Facts.Running()).When(judge).ThenRefused("has not ended");
        Story.Given(Facts.Running(Facts.Completed)).When(judge with { Original = "run-c" }).ThenRefused("neither");
    }

    private static RetrievalEvaluated Retrieval(int epoch, double r1 = 1) => new(epoch, "coco", "d", "raw", 1, 5, Facts.Scores with { ImageToTextR1 = r1 }, 1) { At = Facts.Then };
}
