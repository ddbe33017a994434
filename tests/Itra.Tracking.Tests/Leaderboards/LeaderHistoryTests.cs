using Itra.Domain.Leaderboards;
using Itra.Tracking.Leaderboards;
using Itra.Tracking.Tests.Runs;
using static Itra.Tracking.Tests.Leaderboards.Contenders;

namespace Itra.Tracking.Tests.Leaderboards;

public class LeaderHistoryTests
{
    private static readonly LeaderboardDefinition Accuracy = new("accuracy") { Metric = "acc" };

    private static LeaderboardDefined Defined(int minute, LeaderboardDefinition definition) => new("accuracy", 1, definition, "ada") { At = RecordedRuns.Noon.AddMinutes(minute) };

    private static IEnumerable<(double Minute, string? Run, double? Value, string? Previous, string Cause)> History(LeaderboardDefined version, params Contender[] runs) =>
        LeaderHistory.Of(version, DateTimeOffset.MaxValue, runs, before: null).Select(c => (
            (c.At - RecordedRuns.Noon).TotalMinutes, c.Leader?.RunId, c.Leader?.Value, c.Previous?.RunId, $"{c.Cause.Stream} {c.Cause.Version}"));

    [Fact]
    public void Each_change_of_the_first_place_names_the_event_that_caused_it() =>
        Assert.Equal(
            [(1, "a", 5.0, null, "a 1"), (2, "b", 6.0, "a", "b 2"), (4, "a", 7.0, "b", "a 4")],
            History(Defined(0, Accuracy), Run("a", 0, Score(1, 5), Score(3, 4), Score(4, 7)), Run("b", 1, Score(2, 6), Score(5, 6.5))));

    [Fact]
    public void A_better_value_of_the_same_run_is_a_change_too() =>
        Assert.Equal([(1, "a", 5.0, null, "a 1"), (2, "a", 6.0, "a", "a 2")], History(Defined(0, Accuracy), Run("a", 0, Score(1, 5), Score(2, 6))));

    [Fact]
    public void What_was_scored_before_the_board_was_defined_counts_from_its_definition_on() =>
        Assert.Equal([(3, "a", 9.0, null, "leaderboard-accuracy 1"), (4, "b", 10.0, "a", "b 4")],
            History(Defined(3, Accuracy), Run("a", 0, Score(1, 5), Score(2, 9)), Run("b", 0, Score(4, 10))));

    [Fact]
    public void A_first_place_can_be_lost_to_a_resume()
    {
        var lost = Score(2, 9) with { SupersededAt = RecordedRuns.Noon.AddMinutes(5), SupersededBy = 6 };
        Assert.Equal([(2, "a", 9.0, null, "a 2"), (5, "b", 3.0, "a", "a 6")], History(Defined(0, Accuracy), Run("a", 0, lost), Run("b", 0, Score(3, 3))));
        Assert.Equal([(2, "a", 9.0, null, "a 2"), (5, null, null, "a", "a 6")], History(Defined(0, Accuracy), Run("a", 0, lost)));
    }

    [Fact]
    public void The_last_epoch_may_lose_what_an_earlier_one_had_won() =>
        Assert.Equal([(1, "a", 9.0, null, "a 1"), (2, "b", 5.0, "a", "a 2")],
            History(Defined(0, Accuracy with { Choose = EpochChoice.Last }), Run("a", 1, Score(1, 9), Score(2, 4)), Run("b", 0, Score(1, 5))));

    [Fact]
    public void Seeds_lead_as_a_group() =>
        Assert.Equal([(1, "a1", 6.0, null, "a1 1"), (2, "a2", 5.0, "a1", "a2 2"), (3, "b", 5.5, "a2", "b 3")],
            History(Defined(0, Accuracy with { Group = Grouping.Seeds }), Run("a1", 0, 1, "a", Score(1, 6)), Run("a2", 0, 2, "a", Score(2, 4)), Run("b", 0, Score(3, 5.5))));
}
