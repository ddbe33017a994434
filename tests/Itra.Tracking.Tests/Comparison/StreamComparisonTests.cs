using Itra.Domain.Runs;
using Itra.Tracking.Comparison;

namespace Itra.Tracking.Tests.Comparison;

public class StreamComparisonTests
{
    private static readonly TrainedRun First = new("run-a"), Again = new("run-b") { Minute = 7, Name = "again", SamplesPerSecond = 50, Chunk = 2 };

    private static StreamComparison Walk(TrainedRun against, TrainedRun run) =>
        StreamComparison.Of(against.Recorded(), run.Recorded(), ComparisonRules.None);

    [Fact]
    public void Runs_that_differ_in_times_ids_names_and_sizes_of_chunks_alone_are_identical()
    {
        var walked = Walk(First, Again);
        Assert.True(walked.IsIdentical);
        Assert.Equal((new StreamPlace(2, 9), null), (walked.AgreedUpTo, walked.First));
    }

    [Fact]
    public void The_first_value_that_differs_is_named_with_as_many_digits_as_it_takes()
    {
        var losses = First.Losses.ToArray();
        (losses[7], losses[9]) = (2.300001, 9);
        var walked = Walk(First, Again with { Losses = losses });
        Assert.Equal(new Divergence("training/loss-align", 2, 7, null, "2.3", "2.300001"), walked.First);
        Assert.Equal((new StreamPlace(2, 6), false), (walked.AgreedUpTo, walked.IsIdentical));
    }

    [Fact]
    public void An_epoch_begins_after_the_last_step_of_the_one_before()
    {
        var losses = First.Losses.ToArray();
        losses[5] = 1;
        var walked = Walk(First, Again with { Losses = losses });
        Assert.Equal((2, new StreamPlace(1, 4)), (walked.First!.Epoch, walked.AgreedUpTo));
    }

    [Fact]
    public void A_score_that_differs_comes_before_the_steps_of_the_next_epoch_and_after_its_own()
    {
        var losses = First.Losses.ToArray();
        losses[5] = 1;
        var walked = Walk(First, Again with { Recalls = [71, 74], Losses = losses });
        Assert.Equal(("retrieval-image2text-R@1 on mscoco_captions (raw weights)", 1, null, "70", "71"),
            (walked.First!.What, walked.First.Epoch, walked.First.Step, walked.First.Expected, walked.First.Found));
        Assert.Equal(new StreamPlace(1, 4), walked.AgreedUpTo);

        losses[4] = 1;
        Assert.Equal(4, Walk(First, Again with { Recalls = [71, 74], Losses = losses }).First!.Step);
    }

    [Fact]
    public void Other_initial_weights_differ_before_the_first_step()
    {
        var walked = Walk(First, Again with { WeightsDigest = "w2", Losses = [.. First.Losses.Select(l => l + 1)] });
        Assert.Equal(("the initial weights", 0, "w1", "w2"), (walked.First!.What, walked.First.Epoch, walked.First.Expected, walked.First.Found));
        Assert.Null(walked.AgreedUpTo);
    }

    [Fact]
    public void A_run_that_ended_earlier_agrees_as_far_as_it_goes_and_is_not_identical()
    {
        var walked = Walk(First, Again with { Losses = First.Losses[..5], End = new CancelRun("stopped") });
        Assert.Equal((null, false, new StreamPlace(1, 4), false), (walked.First, walked.SameExtent, walked.AgreedUpTo, walked.IsIdentical));
        var judged = Walk(First, Again with { Recalls = [70] });
        Assert.Equal((null, false), (judged.First, judged.SameExtent));
    }

    [Fact]
    public void Equal_numbers_under_other_settings_are_no_identical_runs()
    {
        var walked = Walk(First, Again with { Config = new Dictionary<string, string>(First.Config) { ["w"] = "1" } });
        Assert.Equal((null, true, false), (walked.First, walked.SameExtent, walked.IsIdentical));
    }

    [Fact]
    public void Values_that_are_no_numbers_are_the_same_here()
    {
        var losses = First.Losses.ToArray();
        losses[8] = double.NaN;
        Assert.True(Walk(First with { Losses = losses }, Again with { Losses = losses }).First is null);
        Assert.Equal((8, "2.2", "NaN"), Walk(First, Again with { Losses = losses }).First is { } f ? (f.Step, f.Expected, f.Found) : default);
    }

    [Fact]
    public void Of_several_metrics_at_one_step_the_loss_is_named()
    {
        var faster = Again with { Config = new Dictionary<string, string>(First.Config) { ["lr"] = "2e-05" } };
        Assert.Equal(("training/learning_rate", 0), Walk(First, faster).First is { } rate ? (rate.What, rate.Step) : default);
        Assert.Equal("training/loss-align", Walk(First, faster with { Losses = [.. First.Losses.Select(l => l + 1)] }).First!.What);
    }
}
