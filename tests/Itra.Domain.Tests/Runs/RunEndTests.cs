using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using static Itra.Domain.Tests.Runs.Facts;
using static Itra.Domain.Tests.Runs.Story;

namespace Itra.Domain.Tests.Runs;

public class RunEndTests
{
    private static readonly FailRun Fail = new("broken", "IOException");
    private static readonly CancelRun Cancel = new("enough");
    private static readonly RecordWiseFt Mix = new(0.5, "start", "end", 1, new Dictionary<string, string>(), new Dictionary<string, double>(), null, 1);

    [Fact]
    public void A_running_run_ends_in_one_of_three_ways()
    {
        Given(Running()).When(new CompleteRun()).Then(Completed with { At = Now });
        Given(Running()).When(Fail).Then(Failed with { At = Now });
        Given(Running()).When(Cancel).Then(Cancelled with { At = Now });
    }

    [Fact]
    public void A_run_that_was_never_started_can_fail_but_not_complete()
    {
        Given(Registered).When(Fail).Then(Failed with { At = Now });
        Given(Registered).When(Cancel).Then(Cancelled with { At = Now });
        Given(Registered).When(new CompleteRun()).ThenRefused("never started");
    }

    [Fact]
    public void Ending_the_same_way_again_is_a_repetition()
    {
        Given(Running(Completed)).When(new CompleteRun()).ThenNothing();
        Given(Running(Failed)).When(Fail with { Reason = "told otherwise" }).ThenNothing();
        Given(Running(Cancelled)).When(Cancel).ThenNothing();
    }

    [Fact]
    public void A_run_ends_once()
    {
        Given(Running(Completed)).When(Fail).ThenRefused("run-a is completed already");
        Given(Running(Failed)).When(new CompleteRun()).ThenRefused("run-a is failed already");
        Given(Running(Cancelled)).When(Fail).ThenRefused("run-a is cancelled already");
    }

    [Fact]
    public void Weights_are_mixed_while_a_run_runs_and_after_it_has_ended_well_enough()
    {
        var mixed = new WiseFtEvaluated(0.5, "start", "end", 1, Mix.Datasets, Mix.Scores, null, 1) { At = Facts.Then };
        foreach (RunEvent[] history in (RunEvent[][])[Running(), Running(Completed), Running(Cancelled)]) Given(history).When(Mix).Then(mixed with { At = Now });
        Given(Running(Completed, mixed)).When(Mix).ThenNothing();
        var kept = new Artifact("mixture", 10);
        Given(Running(Completed, mixed)).When(Mix with { Kept = kept }).Then(mixed with { Kept = kept, At = Now });
        var elsewhere = new Dictionary<string, string> { ["other"] = "digest" };
        Given(Running(Completed, mixed)).When(Mix with { Datasets = elsewhere }).Then(mixed with { Datasets = elsewhere, At = Now });
        Given(Running(Failed)).When(Mix).ThenRefused("on a run that is failed");
        Given(Running()).When(Mix with { Alpha = 1.5 }).ThenRefused("alpha 1.5 lies outside of 0 to 1");
    }

    [Fact]
    public void A_run_starts_from_one_checkpoint_and_counts_its_epochs_on()
    {
        var start = new StartFromCheckpoint("epoch-3.pt", "digest", 3, 30, []);
        var started = new StartedFromCheckpoint("epoch-3.pt", "digest", 3, 30, []) { At = Facts.Then };
        Given(Running()).When(start).Then(started with { At = Now });
        Given(Running(started)).When(start).ThenNothing();
        Given(Running(started)).When(start with { Sha256 = "other" }).ThenRefused("other weights already");
        Given(Running(Epoch(1))).When(start).ThenRefused("other weights already");
        Given(Running(started)).When(new CompleteEpoch(4, 40, 0.5, 1e-5, 12, 3)).Then(Epoch(4) with { At = Now });
    }

    [Fact]
    public void Classification_is_recorded_once_for_each_epoch_method_data_set_and_weights()
    {
        var scores = new Dictionary<string, double> { ["acc"] = 50 };
        var classify = new RecordClassification(1, "zero-shot", "cifar", "digest", "raw", 100, 10, scores, 1);
        var classified = new ClassificationEvaluated(1, "zero-shot", "cifar", "digest", "raw", 100, 10, scores, 1) { At = Facts.Then };
        Given(Running()).When(classify).Then(classified with { At = Now });
        Given(Running(classified)).When(classify).ThenNothing();
        Given(Running(classified)).When(classify with { Method = "knn" }).Then(classified with { Method = "knn", At = Now });
    }
}
