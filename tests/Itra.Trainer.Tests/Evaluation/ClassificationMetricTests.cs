using Itra.Trainer.Evaluation;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Evaluation;

public class ClassificationMetricTests
{
    private static readonly int[] Labels = [0, 0, 0, 1];
    private static readonly IReadOnlyList<int[]> Guesses = [[0, 2], [0, 1], [2, 0], [2, 0]];

    [Fact]
    public void By_hand_four_images_of_two_classes()
    {
        Assert.Equal(50, ClassificationMetric.Accuracy(Guesses, Labels));       // two of four
        Assert.Equal(75, ClassificationMetric.Accuracy(Guesses, Labels, k: 2)); // the third at its second guess
        Assert.Equal(100.0 / 3, ClassificationMetric.MeanPerClass(Guesses, Labels), 1e-12); // (2/3 + 0) / 2
    }

    [Fact]
    public void Without_images_there_is_no_accuracy()
    {
        Assert.Throws<ArgumentException>(() => ClassificationMetric.Accuracy([], []));
        Assert.Throws<ArgumentException>(() => ClassificationMetric.MeanPerClass(Guesses, [1]));
    }

    [Fact]
    public void The_best_guesses_come_first_and_there_are_no_more_than_classes()
    {
        using var scores = tensor(new float[] { 1, 3, 2, 9, 7, 8 }).view(2, 3);
        Assert.Equal([[1, 2], [0, 2]], Predictions.Best(scores, 2));
        Assert.Equal([[1, 2, 0], [0, 2, 1]], Predictions.Best(scores, 5));
    }
}
