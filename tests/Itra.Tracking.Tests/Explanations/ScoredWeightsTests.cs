using Itra.Domain.Runs;
using Itra.Tracking.Explanations;
using static Itra.Tracking.Tests.Explanations.Recorded;

namespace Itra.Tracking.Tests.Explanations;

public class ScoredWeightsTests
{
    private static ScoredWeights Of(int epoch, params RunEvent[] events)
    {
        var record = Run("run-a", [Registered("run-a"), Model(), Plan(), .. events]);
        return ScoredWeights.Of(Measurement.Of(record).Last(m => m.Epoch == epoch), record, new HashSet<string> { "k1", "k2" });
    }

    [Fact]
    public void The_checkpoint_of_the_epochs_end_holds_them()
    {
        var weights = Of(1, Epoch(1), Scored(1, 30), Checkpoint(1, "k1", updates: 10), Epoch(2), Checkpoint(2, "k2", updates: 20));
        Assert.Equal((WeightsFate.Kept, "epoch_1.pt", "k1", 10L, true), (weights.Fate, weights.FileName, weights.Sha256, weights.Step, weights.InStore));
    }

    [Fact]
    public void A_checkpoint_that_the_store_has_lost_is_told_as_lost() => Assert.False(Of(1, Epoch(1), Scored(1, 30), Checkpoint(1, "gone", updates: 10)).InStore);

    [Fact]
    public void A_checkpoint_within_the_next_epoch_holds_other_weights() =>
        Assert.Equal(WeightsFate.NotKept, Of(1, Epoch(1), Scored(1, 30), Checkpoint(1, "k1", updates: 14, step: 14)).Fate);

    [Fact]
    public void Without_a_checkpoint_of_that_epoch_they_are_not_kept()
    {
        var weights = Of(1, Epoch(1), Scored(1, 30), Epoch(2), Scored(2, 40), Checkpoint(2, "k2", updates: 20));
        Assert.Equal((WeightsFate.NotKept, 1), (weights.Fate, weights.Epoch));
        Assert.Null(weights.Sha256);
    }

    [Fact]
    public void In_records_without_updates_the_step_in_the_schedule_tells_the_end_of_an_epoch()
    {
        Assert.Equal(WeightsFate.Kept, Of(2, Epoch(1), Epoch(2), Scored(2, 30), Checkpoint(2, "k2", step: 20)).Fate);
        // With an incomplete last batch in each epoch.
        Assert.Equal(WeightsFate.Kept, Of(2, Epoch(1), Epoch(2), Scored(2, 30), Checkpoint(2, "k2", step: 22)).Fate);
        Assert.Equal(WeightsFate.NotKept, Of(2, Epoch(1), Epoch(2), Scored(2, 30), Checkpoint(2, "k2", step: 25)).Fate);
    }

    [Fact]
    public void Before_any_training_they_are_those_that_the_run_started_with()
    {
        var random = Of(0, Scored(0, 1));
        Assert.Equal((WeightsFate.Starting, "initial-weights"), (random.Fate, random.Sha256));
        var loaded = Of(5, From("k1", epoch: 5), Scored(5, 1));
        Assert.Equal((WeightsFate.Starting, "start.pt", "k1"), (loaded.Fate, loaded.FileName, loaded.Sha256));
    }

    [Fact]
    public void After_a_resumption_from_before_it_is_the_checkpoint_of_the_second_attempt() =>
        Assert.Equal("k2", Of(2, Epoch(1), Checkpoint(1, "k1", updates: 10), Epoch(2), Scored(2, 99), Checkpoint(2, "old", updates: 20),
            Resumed("k1", 1, 10), Epoch(2), Scored(2, 50), Checkpoint(2, "k2", updates: 20)).Sha256);
}
