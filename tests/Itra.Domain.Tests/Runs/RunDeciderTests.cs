using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using static Itra.Domain.Tests.Runs.Facts;
using static Itra.Domain.Tests.Runs.Story;

namespace Itra.Domain.Tests.Runs;

public class RunDeciderTests
{
    private static readonly RegisterRun Register = new("run-a", Spec, Origin);
    private static readonly StartRun Start = new("turing", 4711, Facts.Then);
    private static readonly DatasetFingerprint Data = new("mscoco_captions", 80, 400, 1000, "digest");
    private static readonly RecordModel Model = new("RN50", "RN50", new(10, 10), new(4, 4), new(5, 5), "random", "digest");
    private static readonly RecordRetrieval Retrieval = new(1, "mscoco_captions", "digest", "raw", 79, 395, Scores, 3);

    [Fact]
    public void A_run_is_registered_with_all_that_it_is_to_do() =>
        Given().When(Register).Then(new RunRegistered("run-a", Spec, Origin) { At = Now });

    [Fact]
    public void Registering_again_with_the_same_spec_is_a_repetition() =>
        Given(Registered).When(Register with { Spec = Spec with { Config = new Dictionary<string, string>(Spec.Config) } }).ThenNothing();

    [Fact]
    public void An_id_stands_for_one_spec() => Given(Registered).When(Register with { Spec = Spec with { Seed = 2 } }).ThenRefused("another spec");

    [Fact]
    public void Nothing_comes_before_registration()
    {
        foreach (RunCommand command in (RunCommand[])[Start, Model, Retrieval, new CompleteRun(), new FailRun("x", "y")])
            Given().When(command).ThenRefused("before the run was registered");
    }

    [Fact]
    public void A_registered_run_is_started_by_one_process() =>
        Given(Registered).When(Start).Then(new RunStarted("turing", 4711, Facts.Then) { At = Now });

    [Fact]
    public void The_same_process_starting_it_again_is_a_repetition() => Given(Running()).When(Start).ThenNothing();

    [Fact]
    public void Another_process_cannot_start_a_running_run() => Given(Running()).When(Start with { ProcessId = 4712 }).ThenRefused("is being run by process 4711 on turing");

    [Fact]
    public void A_run_that_has_ended_is_not_started() => Given(Running(Completed)).When(Start).ThenRefused("run-a is completed");

    [Fact]
    public void Nothing_is_recorded_of_a_run_that_does_not_run()
    {
        Given(Registered).When(Model).ThenRefused("RecordModel on a run that is registered");
        Given(Running(Failed)).When(Retrieval).ThenRefused("RecordRetrieval on a run that is failed");
    }

    [Fact]
    public void A_command_without_a_time_is_refused() =>
        Assert.Contains("carries no time", Assert.Throws<RunRuleException>(() => RunDecider.Decide(Register, Run.Unknown)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_data_set_is_fingerprinted_once_for_each_role()
    {
        var recorded = new DatasetFingerprinted("train", Data) { At = Facts.Then };
        Given(Running()).When(new RecordDataset("train", Data)).Then(recorded with { At = Now });
        Given(Running(recorded)).When(new RecordDataset("train", Data)).ThenNothing();
        Given(Running(recorded)).When(new RecordDataset("retrieval", Data)).Then(new DatasetFingerprinted("retrieval", Data) { At = Now });
        Given(Running(recorded)).When(new RecordDataset("train", Data with { Digest = "other" })).ThenRefused("now have other; put them back");
    }

    [Fact]
    public void The_model_is_recorded_once()
    {
        var recorded = new ModelInitialised("RN50", "RN50", new(10, 10), new(4, 4), new(5, 5), "random", "digest") { At = Facts.Then };
        Given(Running()).When(Model).Then(recorded with { At = Now });
        Given(Running(recorded)).When(Model).ThenNothing();
        Given(Running(recorded)).When(Model with { WeightsDigest = "other" }).ThenRefused("model is recorded already");
    }

    [Fact]
    public void The_plan_is_recorded_once()
    {
        var recorded = new TrainingPlanned(2, 10, 8) { At = Facts.Then };
        Given(Running()).When(new PlanTraining(2, 10, 8)).Then(recorded with { At = Now });
        Given(Running(recorded)).When(new PlanTraining(2, 10, 8)).ThenNothing();
        Given(Running(recorded)).When(new PlanTraining(3, 10, 8)).ThenRefused("plan is recorded already");
    }

    [Fact]
    public void Epochs_follow_each_other()
    {
        var second = new CompleteEpoch(2, 20, 0.5, 1e-5, 12, 3);
        Given(Running(Epoch(1))).When(second).Then(Epoch(2) with { At = Now });
        Given(Running(Epoch(1), Epoch(2))).When(second).ThenNothing();
        Given(Running()).When(second).ThenRefused("epoch 2 completed after epoch 0");
    }

    [Fact]
    public void Metrics_of_new_steps_become_one_event_that_vouches_for_them() =>
        Given(Running(Logged(0, 3, 2))).When(new LogMetrics(Chunk(2, 1.5, 1))).Then(Logged(2, 1.5, 1) with { At = Now });

    [Fact]
    public void Metrics_of_steps_that_are_recorded_are_a_repetition()
    {
        Given(Running(Logged(0, 3, 2))).When(new LogMetrics(Chunk(0, 3, 2))).ThenNothing();
        Given(Running(Logged(0, 3, 2))).When(new LogMetrics(Chunk(1, 2))).ThenNothing();
        Given(Running()).When(new LogMetrics(Chunk(0))).ThenNothing();
    }

    [Fact]
    public void Metrics_that_overlap_are_refused() =>
        Given(Running(Logged(0, 3, 2))).When(new LogMetrics(Chunk(1, 2, 1))).ThenRefused("steps 1 to 2 of loss overlap step 1");

    [Fact]
    public void Another_metric_of_the_same_steps_is_no_repetition()
    {
        var other = new MetricChunk(1, ["validation loss"], [[4]]);
        Given(Running(Logged(0, 3, 2))).When(new LogMetrics(other)).Then(new MetricsLogged(1, 1, other.Summarise(), other.Digest()) { At = Now });
    }

    [Fact]
    public void Skipped_samples_are_counted_once_for_each_epoch()
    {
        var skip = new SkipSamples(1, 2, ["a.jpg: truncated"]);
        var skipped = new SamplesSkipped(1, 2, ["a.jpg: truncated"]) { At = Facts.Then };
        Given(Running()).When(skip).Then(skipped with { At = Now });
        Given(Running(skipped)).When(skip).ThenNothing();
        Given(Running(skipped)).When(skip with { Role = "retrieval" }).Then(skipped with { Role = "retrieval", At = Now });
        Given(Running(skipped)).When(skip with { Epoch = 2 }).Then(skipped with { Epoch = 2, At = Now });
    }

    [Fact]
    public void Retrieval_is_recorded_once_for_each_epoch_data_set_and_weights()
    {
        var recorded = new RetrievalEvaluated(1, "mscoco_captions", "digest", "raw", 79, 395, Scores, 3) { At = Facts.Then };
        Given(Running()).When(Retrieval).Then(recorded with { At = Now });
        // A second measurement takes another time, and is the same fact.
        Given(Running(recorded)).When(Retrieval with { Seconds = 99 }).ThenNothing();
        Given(Running(recorded)).When(Retrieval with { Weights = "ema" }).Then(recorded with { Weights = "ema", At = Now });
        Given(Running(recorded)).When(Retrieval with { Scores = Scores with { ImageToTextR1 = 9 } }).ThenRefused("retrieval on mscoco_captions after epoch 1 is recorded already");
    }

    [Fact]
    public void A_checkpoint_is_an_event_only_once_its_blob_is_kept()
    {
        var save = new SaveCheckpoint(1, 10, "logs/checkpoints/epoch-1.pt");
        var saved = new CheckpointSaved(1, 10, "epoch-1.pt", Blob) { At = Facts.Then };
        Given(Running()).When(save).ThenRefused("blob first, event second");
        Given(Running()).When(save with { Stored = Blob }).Then(saved with { At = Now });
        Given(Running(saved)).When(save with { Stored = Blob }).ThenNothing();
        Given(Running(saved)).When(save with { Stored = new Artifact(new string('b', 64), 10) }).Then(saved with { Artifact = new Artifact(new string('b', 64), 10), At = Now });
    }
}
