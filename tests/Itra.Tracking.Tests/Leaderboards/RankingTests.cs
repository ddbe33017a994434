using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Leaderboards;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Leaderboards;

public class RankingTests
{
    private static readonly LeaderboardDefinition Accuracy = new("accuracy", 1, "acc");

    private static Evaluation Eval(int epoch, double score, string dataset = "coco", string metric = "acc") =>
        new(epoch, dataset, "digest-of-" + dataset, "raw", new Dictionary<string, double> { [metric] = score, ["other"] = -score });

    private static LeaderboardEntry Entry(string id, int minute, params Evaluation[] evaluations) =>
        new(id, "name of " + id, "experiment", "clip", RecordedRuns.Noon.AddMinutes(minute)) { Evaluations = [.. evaluations] };

    private static IEnumerable<(int, string, int, double)> Places(IEnumerable<LeaderboardRow> rows) => rows.Select(r => (r.Rank, r.RunId, r.Epoch, r.Value));

    [Fact]
    public void A_run_stands_where_its_best_evaluation_puts_it() =>
        Assert.Equal([(1, "b", 1, 9.0), (2, "a", 2, 8.0), (3, "c", 1, 1.0)],
            Places(Ranking.Rank([Entry("a", 0, Eval(1, 3), Eval(2, 8), Eval(3, 5)), Entry("b", 1, Eval(1, 9)), Entry("c", 2, Eval(1, 1))], Accuracy)));

    [Fact]
    public void Of_equal_scores_the_earlier_epoch_and_then_the_earlier_run_come_first() =>
        Assert.Equal([(1, "z", 2, 5.0), (2, "a", 1, 5.0)],
            Places(Ranking.Rank([Entry("a", 1, Eval(1, 5)), Entry("z", 0, Eval(1, 4), Eval(2, 5), Eval(3, 5))], Accuracy)));

    [Fact]
    public void Lower_can_be_better() =>
        Assert.Equal([(1, "a", 1, 3.0), (2, "b", 1, 9.0)],
            Places(Ranking.Rank([Entry("b", 0, Eval(1, 9)), Entry("a", 1, Eval(1, 3), Eval(2, 4))], Accuracy with { Direction = Direction.LowerIsBetter })));

    [Theory]
    [InlineData("flickr")]
    [InlineData("digest-of-flickr")]
    public void Only_the_data_set_asked_for_counts(string dataset) =>
        Assert.Equal([(1, "a", 2, 4.0)], Places(Ranking.Rank([Entry("a", 0, Eval(1, 9), Eval(2, 4, "flickr")), Entry("b", 0, Eval(1, 8))], Accuracy with { Dataset = dataset })));

    [Fact]
    public void A_run_without_the_metric_or_with_only_NaN_has_no_place() =>
        Assert.Empty(Ranking.Rank([Entry("a", 0), Entry("b", 0, Eval(1, 5, metric: "f1")), Entry("c", 0, Eval(1, double.NaN))], Accuracy));

    [Fact]
    public void A_row_carries_all_scores_of_its_evaluation()
    {
        var row = Assert.Single(Ranking.Rank([Entry("a", 0, Eval(1, 5))], Accuracy));
        Assert.Equal(-5, row.Scores["other"]);
        Assert.Equal(("name of a", "experiment", "coco", "raw", "acc"), (row.Name, row.Experiment, row.Dataset, row.Weights, row.Metric));
    }

    [Fact]
    public void Retrieval_is_ranked_by_mean_recall_unless_something_else_is_asked_for()
    {
        var retrieval = new RetrievalEvaluated(1, "coco", "d", "raw", 79, 395, new RetrievalScores(1, 2, 3, 4, 5, 6), 1) { At = RecordedRuns.Noon };
        var entry = LeaderboardEntry.Fold(LeaderboardEntry.Fold(null, new RunRegistered("run-a", RecordedRuns.Spec(), RecordedRuns.Provenance) { At = RecordedRuns.Noon }), retrieval)!;
        Assert.Equal(3.5, Assert.Single(Ranking.Rank([entry], LeaderboardDefinition.MeanRecall)).Value);
        Assert.Equal(6, Assert.Single(Ranking.Rank([entry], LeaderboardDefinition.MeanRecall with { Metric = "retrieval-text2image-R@10" })).Value);
    }
}
