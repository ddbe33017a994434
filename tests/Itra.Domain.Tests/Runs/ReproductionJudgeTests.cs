using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;

namespace Itra.Domain.Tests.Runs;

public class ReproductionJudgeTests
{
    private const string Loss = "training/loss-align", Rate = "training/learning_rate";
    private static readonly ReproductionTolerance Exact = new([]), Elsewhere = new(["device: cpu (a) then, cpu (b) now"]);

    /// <summary>What a trainer yields: two epochs of two steps, an evaluation and a checkpoint after each.</summary>
    private static List<RunCommand> Story(double thirdLoss = 2.0, double recall = 50, string weights = "w", int epochs = 2)
    {
        List<RunCommand> story =
        [
            new RecordDataset("train", new DatasetFingerprint("set", 4, 20, 100, "d")), new RecordInput("vocabulary", "/a/b.gz", new Artifact("v", 1), Keep: true),
            new RecordModel("m", "m", new(10, 10), new(4, 4), new(5, 5), "random", "i"), new PlanTraining(2, 2, 8),
        ];
        double[] losses = [4.0, 3.0, thirdLoss, 1.0];
        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            for (var step = 2 * epoch - 2; step < 2 * epoch; step++)
                story.Add(new LogMetrics(MetricChunk.OfStep(step, (Loss, losses[step]), (Rate, 1e-3), ("profiling/time", epochs + step))));
            story.Add(new CompleteEpoch(epoch, 2 * epoch, (losses[2 * epoch - 2] + losses[2 * epoch - 1]) / 2, 1e-3, 10, 1));
            story.Add(new RecordRetrieval(epoch, "set", "d", "raw", 200, 1000, new RetrievalScores(recall, 50, 50, 50, 50, 50), 1));
            story.Add(new SaveCheckpoint(epoch, 2 * epoch, $"/x/epoch_{epoch}.pt") { Stored = new Artifact($"file-{epoch}", 1), Updates = 2 * epoch, StateDigest = $"{weights}-{epoch}" });
        }
        return story;
    }

    private static OriginalRun Recorded(IEnumerable<RunCommand> story, RunCommand? end = null)
    {
        List<RunCommand> all = [new RegisterRun("run-a", Facts.Spec, Facts.Origin), new StartRun("turing", 4711, Facts.Then), .. story, end ?? new CompleteRun()];
        List<(long, RunEvent)> events = [];
        var run = Run.Unknown;
        SortedDictionary<string, (List<long> Steps, List<double> Values)> curves = [];
        foreach (var command in all)
        {
            foreach (var e in RunDecider.Decide(command with { At = Facts.Now }, run))
            {
                run = run.Evolve(e);
                events.Add((events.Count + 1, e));
            }
            if (command is not LogMetrics { Chunk: var c }) continue;
            foreach (var (name, values) in c.Names.Zip(c.Values))
            {
                if (!curves.TryGetValue(name, out var curve)) curves[name] = curve = ([], []);
                curve.Steps.Add(c.FirstStep);
                curve.Values.AddRange(values);
            }
        }
        return OriginalRun.Of(events, curves.ToDictionary(c => c.Key, c => new RecordedCurve(c.Value.Steps, c.Value.Values)));
    }

    private static ReproductionJudge Judge(OriginalRun original, IEnumerable<RunCommand> again, ReproductionTolerance tolerance)
    {
        var judge = new ReproductionJudge(original, tolerance);
        foreach (var command in again) judge.Observe(command);
        judge.Conclude();
        return judge;
    }

    [Fact]
    public void The_same_story_is_bit_exact_whatever_the_timings_and_names_of_files()
    {
        var again = Story().Select(c => c is SaveCheckpoint s ? s with { Path = "/elsewhere.pt", Stored = null } : c is CompleteEpoch e ? e with { Seconds = 99 } : c);
        var judge = Judge(Recorded(Story()), again, Exact);
        Assert.Equal((Verdict.BitExact, 4L, 0), (judge.Verdict, judge.Steps, judge.Deviations.Count));
    }

    [Fact]
    public void The_first_step_that_differs_by_a_bit_is_named_with_its_epoch_and_the_event_that_holds_the_expected_value()
    {
        var original = Recorded(Story());
        var judge = Judge(original, Story(thirdLoss: Math.BitIncrement(2.0)), Exact);
        Assert.Equal(Verdict.Diverged, judge.Verdict);
        Assert.Equal(new Divergence(Loss, 2, 2, original.VersionOf(2), "2", "2.0000000000000004"), judge.Divergence);
        Assert.NotNull(judge.Divergence!.Version);
    }

    [Fact]
    public void Under_other_conditions_small_differences_are_within_tolerance_and_told_with_what_was_allowed()
    {
        var judge = Judge(Recorded(Story()), Story(thirdLoss: 2.001, recall: 50.75, weights: "other"), Elsewhere);
        Assert.Equal((Verdict.WithinTolerance, null), (judge.Verdict, judge.Divergence));
        var loss = judge.Deviations.Single(d => d.Metric == Loss);
        Assert.Equal((0.001, 0.022), (loss.Largest, loss.Tolerance), new Within(1e-9));
        Assert.Equal(1.0, judge.Deviations.First(d => d.Metric.StartsWith("retrieval-image2text-R@1 ", StringComparison.Ordinal)).Tolerance);
    }

    [Theory]
    [InlineData(2.05, 50)]
    [InlineData(2, 51.5)]
    [InlineData(double.NaN, 50)]
    public void Large_differences_are_a_divergence_under_any_conditions(double loss, double recall) =>
        Assert.Equal(Verdict.Diverged, Judge(Recorded(Story()), Story(loss, recall), Elsewhere).Verdict);

    [Fact]
    public void Other_data_are_a_divergence_under_any_conditions() => Assert.Equal(
        "the train data",
        Judge(Recorded(Story()), Story().Select(c => c is RecordDataset d ? d with { Dataset = d.Dataset with { Digest = "else" } } : c), Elsewhere).Divergence?.What);

    [Fact]
    public void Other_weights_under_equal_numbers_are_a_divergence_here_and_only_not_the_same_bits_elsewhere()
    {
        Assert.Equal(("the weights after 2 steps", 1L), (Judge(Recorded(Story()), Story(weights: "x"), Exact).Divergence!.What, Judge(Recorded(Story()), Story(weights: "x"), Exact).Divergence!.Step));
        Assert.Equal(Verdict.WithinTolerance, Judge(Recorded(Story()), Story(weights: "x"), Elsewhere).Verdict);
    }

    [Fact]
    public void What_is_missing_at_the_end_of_a_completed_run_is_a_divergence() =>
        Assert.Equal(Verdict.Diverged, Judge(Recorded(Story()), Story(epochs: 1), Exact).Verdict);

    [Fact]
    public void A_run_that_goes_on_after_the_original_ended_is_a_divergence() =>
        Assert.Equal((Loss, 4L), Judge(Recorded(Story()), [.. Story(), new LogMetrics(MetricChunk.OfStep(4, (Loss, 1)))], Exact).Divergence is { } d ? (d.What, d.Step) : default);

    [Fact]
    public void An_original_that_was_stopped_is_compared_as_far_as_it_went()
    {
        var original = Recorded(Story(epochs: 1), new CancelRun("enough"));
        var judge = new ReproductionJudge(original, Exact);
        foreach (var command in Story().TakeWhile(_ => !judge.IsExhausted)) judge.Observe(command);
        judge.Conclude();
        Assert.Equal((Verdict.BitExact, 2L), (judge.Verdict, judge.Steps));
    }

    [Fact]
    public void What_a_resumption_superseded_is_not_expected_again()
    {
        List<RunCommand> story = [.. Story(epochs: 1), .. Story(thirdLoss: 7).SkipWhile(c => c is not LogMetrics { Chunk.FirstStep: 2 }).Take(2)];
        var resumed = new ResumeRun("host", 9, Facts.Now, "file-1", 1, 2);
        var original = Recorded([.. story, new CancelRun("power cut"), resumed, .. Story().SkipWhile(c => c is not LogMetrics { Chunk.FirstStep: 2 })]);
        // The curve as it is read: the later value counts.
        var curve = original.Curves[Loss];
        original = original with { Curves = new Dictionary<string, RecordedCurve> { [Loss] = new([.. curve.Steps.Distinct()], [4, 3, 2, 1]) } };
        var judge = Judge(original, Story(), Exact);
        Assert.Equal((Verdict.BitExact, null), (judge.Verdict, judge.Divergence));
    }

    [Fact]
    public void Settings_are_compared_but_for_places()
    {
        var original = Recorded(Story());
        var spec = original.Registered.Spec;
        var judge = new ReproductionJudge(original, Exact);
        judge.Observe(spec with { Config = spec.Config.ToDictionary(c => c.Key, c => c.Value + "x") }, spec.Config.Keys.ToHashSet());
        Assert.Null(judge.Divergence);
        judge.Observe(spec with { Config = spec.Config.ToDictionary(c => c.Key, c => c.Value + "x") }, new HashSet<string>());
        Assert.Equal($"the setting {spec.Config.Keys.First()}", judge.Divergence?.What);
    }

    private sealed class Within(double tolerance) : IEqualityComparer<(double, double)>
    {
        public bool Equals((double, double) a, (double, double) b) => Math.Abs(a.Item1 - b.Item1) < tolerance && Math.Abs(a.Item2 - b.Item2) < tolerance;

        public int GetHashCode((double, double) pair) => 0;
    }
}
