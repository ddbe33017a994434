using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;

namespace Itra.Tracking.Tests.Runs;

/// <summary>One event of each kind, as in Golden/. A new event gets a line here; the test then says what its file has to hold.</summary>
internal static class GoldenEvents
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(1));

    public static readonly IReadOnlyList<RunEvent> All =
    [
        new RunRegistered("run-0123456789", RecordedRuns.Spec(), RecordedRuns.Provenance with
        {
            Patch = new Artifact(new string('9', 64), 321), Environment = new Dictionary<string, string> { ["OMP_NUM_THREADS"] = "2" },
            Origins = new Dictionary<string, string> { ["lr"] = "command line" },
        }) { Origin = new RunOrigin(OriginKind.Branch, "run-9876543210", 1, 10, new string('b', 64)), At = At },
        new RunStarted("turing", 4711, At.AddSeconds(-1)) { At = At },
        new RunResumed("turing", 4712, At.AddSeconds(-1), new string('a', 64), 1, 10) { At = At },
        new InputFingerprinted("vocabulary", "bpe_simple_vocab_16e6.txt.gz", new Artifact(new string('8', 64), 1_356_917), true) { At = At },
        new DatasetFingerprinted("train", new DatasetFingerprint("mscoco_captions", 80, 400, 12_345_678, new string('d', 64)) { Listing = new Artifact(new string('7', 64), 4321) }) { At = At },
        new ModelInitialised("RN50", "RN50", new(102_007_137, 63_690_241), new(38_316_896, 0), new(63_690_240, 63_690_240), "openai/RN50", new string('e', 64)) { At = At },
        new StartedFromCheckpoint("epoch-1.pt", new string('b', 64), 1, 10, ["logit_scale: only in the model"]) { At = At },
        new TrainingPlanned(2, 10, 8) { At = At },
        new MetricsLogged(10, 3, [new MetricSeries("training/loss-align", 1.25, 1e-5, 2.5), new MetricSeries("training/grad-norm", double.NaN, double.NegativeInfinity, double.PositiveInfinity)], new string('f', 64)) { At = At },
        new SamplesSkipped(1, 2, ["000000000139.jpg: truncated", "größer \"als\" <gut>.jpg: missing"]) { At = At },
        new EpochCompleted(1, 10, 2.0794415416798357, 1e-5, 12.5, 6.4) { At = At },
        new RetrievalEvaluated(1, "mscoco_captions", new string('c', 64), "raw", 79, 395, new RetrievalScores(10.126582278481013, 20, 30, 40, 50, 61.5), 3.25) { At = At },
        new ClassificationEvaluated(1, "zero-shot", "imagenet-a", new string('c', 64), "ema", 7500, 200, new Dictionary<string, double> { ["zero-shot-Acc@1"] = 21.5 }, 3.25) { At = At },
        new WiseFtEvaluated(
            0.5, new string('e', 64), new string('b', 64), 2, new Dictionary<string, string> { ["ImageNet"] = new string('c', 64) },
            new Dictionary<string, double> { ["zero-shot-Acc@1"] = 22.5 }, new Artifact(new string('a', 64), 1_224_000_000), 6.5) { At = At },
        new CheckpointSaved(1, 10, "epoch-1.pt", new Artifact(new string('a', 64), 1_224_000_000)) { Updates = 10, StateDigest = new string('6', 64), At = At },
        new CheckpointPinned(new string('a', 64), "the one in the paper", "ada") { At = At },
        new CheckpointUnpinned(new string('a', 64), "ada") { At = At },
        new CheckpointDeleted(new string('a', 64), 1_224_000_000, "not in best:3,last:1,pinned", "ada") { At = At },
        new RunCompleted { At = At },
        new RunFailed("the loss is NaN at step 7: lower --lr", "LossNotFiniteException") { At = At },
        new RunCancelled("stopped by its user") { At = At },
        new ReproductionJudged(
            "run-0123456789", "run-9876543210", Verdict.Diverged, [new Deviation("training/loss-align", 0.125, 1e-6)],
            new Divergence("training/loss-align", 1, 7, 9, "2.25", "2.375")) { At = At },
    ];
}
