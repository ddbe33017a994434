using Itra.Domain.Leaderboards;
using Itra.Tracking.Leaderboards;
using static Itra.Tracking.Tests.Leaderboards.Contenders;

namespace Itra.Tracking.Tests.Leaderboards;

public class RankingTests
{
    private static readonly LeaderboardDefinition Accuracy = new("accuracy") { Metric = "acc" };

    private static IEnumerable<(int, string?, int, double)> Places(IEnumerable<Contender> runs, LeaderboardDefinition definition, params ExternalRow[] external) =>
        Ranking.Rank(runs, definition, external).Select(r => (r.Rank, r.RunId, r.Epoch, r.Value));

    [Fact]
    public void A_run_stands_where_its_best_evaluation_puts_it() =>
        Assert.Equal([(1, "b", 1, 9.0), (2, "a", 2, 8.0), (3, "c", 1, 1.0)],
            Places([Run("a", 0, Score(1, 3), Score(2, 8), Score(3, 5)), Run("b", 1, Score(1, 9)), Run("c", 2, Score(1, 1))], Accuracy));

    [Fact]
    public void Of_equal_scores_the_earlier_epoch_and_then_the_earlier_run_come_first() =>
        Assert.Equal([(1, "z", 2, 5.0), (2, "a", 1, 5.0)], Places([Run("a", 1, Score(1, 5)), Run("z", 0, Score(1, 4), Score(2, 5), Score(3, 5))], Accuracy));

    [Fact]
    public void Lower_can_be_better() =>
        Assert.Equal([(1, "a", 1, 3.0), (2, "b", 1, 9.0)],
            Places([Run("b", 0, Score(1, 9)), Run("a", 1, Score(1, 3), Score(2, 4))], Accuracy with { Direction = Direction.LowerIsBetter }));

    [Theory]
    [InlineData("flickr")]
    [InlineData("digest-of-flickr")]
    [InlineData("digest-of-f")]
    public void Only_the_data_set_asked_for_counts(string dataset) =>
        Assert.Equal([(1, "a", 2, 4.0)], Places([Run("a", 0, Score(1, 9), Score(2, 4, "flickr")), Run("b", 0, Score(1, 8))], Accuracy with { Dataset = dataset }));

    [Fact]
    public void A_beginning_of_a_digest_that_is_too_short_is_only_a_name() =>
        Assert.Empty(Places([Run("a", 0, Score(1, 9))], Accuracy with { Dataset = "digest-" }));

    [Theory]
    [InlineData("ema", 3.0)]
    [InlineData("wise-ft", 7.0)]
    public void Only_the_weights_asked_for_count(string weights, double value) =>
        Assert.Equal([(1, "a", 1, value)],
            Places([Run("a", 0, Score(1, 9), Score(1, 3, weights: "ema"), Score(1, 7, weights: "wise-ft 0.5")), Run("b", 0, Score(1, 9))], Accuracy with { Weights = weights }));

    [Fact]
    public void A_run_without_the_metric_or_with_only_NaN_has_no_place() =>
        Assert.Empty(Places([Run("a", 0), Run("b", 0, Score(1, 5, metric: "f1")), Run("c", 0, Score(1, double.NaN))], Accuracy));

    [Fact]
    public void NaN_never_stands_for_a_run_that_has_a_number() =>
        Assert.Equal([(1, "a", 2, 5.0)], Places([Run("a", 0, Score(1, double.NaN), Score(2, 5), Score(3, double.PositiveInfinity))], Accuracy));

    [Fact]
    public void The_last_epoch_can_count_whatever_it_scored() =>
        Assert.Equal([(1, "b", 1, 4.0), (2, "a", 3, 2.0)],
            Places([Run("a", 0, Score(1, 9), Score(3, 2), Score(2, 8)), Run("b", 1, Score(1, 4))], Accuracy with { Choose = EpochChoice.Last }));

    [Fact]
    public void One_split_can_choose_and_another_be_reported()
    {
        var definition = Accuracy with { Dataset = "test", Choose = new EpochChoice(ChoiceRule.BestBy, "acc", "dev") };
        var run = Run("a", 0, Score(1, 9, "test"), Score(1, 1, "dev"), Score(2, 4, "test"), Score(2, 7, "dev"), Score(3, 8, "test"));
        var row = Assert.Single(Ranking.Rank([run, Run("undecided", 0, Score(1, 99, "test"))], definition));
        Assert.Equal(("a", 2, 4.0), (row.RunId, row.Epoch, row.Value));
        Assert.Equal(new ChoosingScore("acc", "dev", "digest-of-dev", 7), row.Selection!.By);
        Assert.Equal((ChoiceRule.BestBy, 2), (row.Selection.Rule, row.Selection.Evaluations));
    }

    [Fact]
    public void A_choosing_loss_is_better_when_it_is_lower() =>
        Assert.Equal([(1, "a", 1, 3.0)], Places(
            [Run("a", 0, Score(1, 3), Score(1, 0.5, "dev", "loss"), Score(2, 9), Score(2, 0.7, "dev", "loss"))],
            Accuracy with { Choose = new EpochChoice(ChoiceRule.BestBy, "loss", "dev", Direction.LowerIsBetter), Dataset = "coco" }));

    [Fact]
    public void Every_evaluation_of_the_split_is_counted_even_those_that_a_resume_took_back()
    {
        var taken = Score(2, 9, version: 2) with { SupersededAt = Runs.RecordedRuns.Noon, SupersededBy = 3 };
        var row = Assert.Single(Ranking.Rank([Run("a", 0, Score(1, 5), taken, Score(2, 6, version: 4), Score(2, 7, "flickr", version: 5))], Accuracy with { Dataset = "coco" }));
        Assert.Equal((2, 6.0, 3), (row.Epoch, row.Value, row.Selection!.Evaluations));
    }

    [Fact]
    public void A_formula_ranks_by_what_it_makes_of_an_evaluation() =>
        Assert.Equal([(1, "b", 1, 6.0), (2, "a", 1, 5.0)], Places(
            [Run("a", 0, Score(1, 9), Score(1, 1, metric: "f1")), Run("b", 0, Score(1, 4), Score(1, 8, metric: "f1")), Run("half", 0, Score(1, 100))],
            Accuracy with { Metric = null, Formula = "([acc] + [f1]) / 2" }));

    [Fact]
    public void A_formula_can_join_data_sets_where_each_score_was_measured_on_one()
    {
        var definition = Accuracy with { Metric = null, Formula = "[acc] - [f1]" };
        Assert.Equal([(1, "a", 1, 7.0)], Places([Run("a", 0, Score(1, 9), Score(1, 2, "flickr", "f1", version: 2))], definition));
        Assert.Empty(Places([Run("a", 0, Score(1, 9), Score(1, 8, "other"), Score(1, 2, "flickr", "f1"))], definition));
    }

    [Fact]
    public void Runs_that_differ_only_in_their_seed_share_a_place_with_mean_and_deviation()
    {
        var rows = Ranking.Rank(
        [
            Run("a1", 0, 1, "a", Score(1, 4)), Run("a2", 1, 2, "a", Score(1, 6)), Run("a3", 2, 3, "a", Score(1, 8)), Run("again", 3, 3, "a", Score(1, 800)),
            Run("b", 4, 1, "b", Score(1, 7)),
        ], Accuracy with { Group = Grouping.Seeds });
        Assert.Equal([(1, "b", 7.0), (2, "a2", 6.0)], rows.Select(r => (r.Rank, r.RunId, r.Value)));
        Assert.Equal([["b"], ["a1", "a2", "a3"]], rows.Select(r => r.Seeds!.RunIds));
        Assert.Equal([null, 2.0], rows.Select(r => r.Seeds!.Deviation));
        Assert.Equal(3, rows[1].Selection!.Evaluations);
    }

    [Fact]
    public void External_rows_stand_in_place_without_a_run_and_after_ours_of_equal_value()
    {
        ExternalRow Row(string name, params (string, double)[] scores) => new(name, "a paper", scores.ToDictionary(s => s.Item1, s => s.Item2));
        var rows = Ranking.Rank([Run("a", 0, Score(1, 5))], Accuracy, [Row("equal", ("acc", 5)), Row("better", ("acc", 6)), Row("silent", ("f1", 9))]);
        Assert.Equal([(1, "better", true), (2, "name of a", false), (3, "equal", true)], rows.Select(r => (r.Rank, r.Name, r.External)));
        Assert.All(rows.Where(r => r.External), r => Assert.Equal((null, "a paper", null), (r.RunId, r.Source, r.Selection)));
    }
}
