using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Explanations;
using static Itra.Tracking.Tests.Explanations.Recorded;

namespace Itra.Tracking.Tests.Explanations;

public class ScoreQuestionTests
{
    private static (string Metric, Measurement Measurement) Choose(ScoreQuestion question, params RunEvent[] events) => question.Choose("run-a", Measurement.Of(Run("run-a", events)));

    [Fact]
    public void Without_a_word_it_is_the_best_mean_recall_of_the_run()
    {
        var (metric, best) = Choose(new ScoreQuestion(), Scored(1, 30), Scored(2, 50), Scored(3, 40));
        Assert.Equal((MeanRecall, 2, 50.0, 2), (metric, best.Epoch, best.Scores[metric], best.Version));
    }

    [Fact]
    public void Of_equal_scores_the_earliest_is_the_best() => Assert.Equal(1, Choose(new ScoreQuestion(), Scored(1, 50), Scored(2, 50)).Measurement.Epoch);

    [Fact]
    public void An_epoch_or_a_data_set_can_be_named()
    {
        RunEvent[] events = [Scored(1, 30), Scored(1, 70, "flickr-digest", "flickr"), Scored(2, 50)];
        Assert.Equal(70, Choose(new ScoreQuestion(Epoch: 1), events).Measurement.Scores[MeanRecall]);
        Assert.Equal(50, Choose(new ScoreQuestion(Dataset: "coco"), events).Measurement.Scores[MeanRecall]);
        Assert.Equal(70, Choose(new ScoreQuestion(Dataset: "flickr-d"), events).Measurement.Scores[MeanRecall]);
    }

    [Fact]
    public void What_a_resumption_has_superseded_is_not_chosen()
    {
        Assert.Equal(2, Choose(new ScoreQuestion(), Scored(1, 30), Scored(2, 99), Resumed("k1", 1, 10), Scored(2, 50)).Measurement.Epoch);
        Assert.Equal(50, Choose(new ScoreQuestion(Epoch: 2), Scored(1, 30), Scored(2, 99), Resumed("k1", 1, 10), Scored(2, 50)).Measurement.Scores[MeanRecall]);
    }

    [Fact]
    public void A_metric_is_named_in_any_case_or_by_its_end()
    {
        Assert.Equal("retrieval-image2text-R@1", Choose(new ScoreQuestion("RETRIEVAL-image2text-r@1"), Scored(1, 30)).Metric);
        Assert.Equal("retrieval-text2image-R@10", Choose(new ScoreQuestion("text2image-R@10"), Scored(1, 30)).Metric);
    }

    private static WiseFtEvaluated Mixed(double alpha, double coco, double flickr) => new(
        alpha, "s", "e", 1, new Dictionary<string, string> { ["coco"] = "coco-digest", ["flickr"] = "flickr-digest" },
        new Dictionary<string, double> { [MeanRecall] = coco, ["flickr: " + MeanRecall] = flickr }, null, 1) { At = Noon };

    [Fact]
    public void A_score_of_mixed_weights_belongs_to_the_set_it_was_measured_on()
    {
        var (metric, best) = Choose(new ScoreQuestion(Dataset: "flickr"), Scored(1, 30, "coco-digest"), Mixed(0, 10, 80), Mixed(1, 40, 20));
        Assert.Equal((MeanRecall, 80.0, "wise-ft-0"), (metric, best.Scores[metric], best.Weights));
        Assert.Equal([new MeasuredSet("flickr", "flickr-digest")], best.Datasets);
        Assert.Equal(40, Choose(new ScoreQuestion("mean-recall", Dataset: "coco"), Scored(1, 30, "coco-digest"), Mixed(0, 10, 80), Mixed(1, 40, 20)).Measurement.Scores[MeanRecall]);
    }

    [Fact]
    public void Without_a_word_what_mixed_weights_score_elsewhere_is_not_chosen() =>
        Assert.Equal("wise-ft-1", Choose(new ScoreQuestion(), Scored(1, 30, "coco-digest"), Mixed(0, 10, 80), Mixed(1, 40, 20)).Measurement.Weights);

    [Fact]
    public void Without_retrieval_it_is_the_score_with_the_shortest_name()
    {
        var classified = new ClassificationEvaluated(1, "zero-shot", "MNIST", "m", "raw", 100, 10, new Dictionary<string, double> { ["zero-shot-Acc@1"] = 60, ["zero-shot-MNIST-Acc@5"] = 90 }, 1) { At = Noon };
        Assert.Equal("zero-shot-Acc@1", Choose(new ScoreQuestion(), classified).Metric);
    }

    [Theory]
    [InlineData("run-a has several scores 'R@1': retrieval-image2text-R@1, retrieval-text2image-R@1", "R@1", null, null)]
    [InlineData("run-a has no score 'loss'", "loss", null, null)]
    [InlineData("run-a has no retrieval-mean-recall after epoch 7: there is one on coco after epoch 1, 2", null, 7, null)]
    [InlineData("run-a has no retrieval-mean-recall on imagenet: there is one on coco", null, null, "imagenet")]
    public void What_there_is_not_is_refused_with_what_there_is(string message, string? metric, int? epoch, string? dataset)
    {
        var error = Assert.Throws<UserErrorException>(() => Choose(new ScoreQuestion(metric, epoch, dataset), Scored(1, 30), Scored(2, 40)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_was_never_evaluated_has_nothing_to_explain() =>
        Assert.Contains("never evaluated", Assert.Throws<UserErrorException>(() => Choose(new ScoreQuestion(), Epoch(1))).Message, StringComparison.Ordinal);
}
