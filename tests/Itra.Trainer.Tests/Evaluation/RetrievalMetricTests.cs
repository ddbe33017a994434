using Itra.Domain.Training;
using Itra.Trainer.Evaluation;

namespace Itra.Trainer.Tests.Evaluation;

public class RetrievalMetricTests
{
    public sealed record ReferenceCase(string Scores, int NText, int NImage, int[] TextToImageGt, Dictionary<string, double> Metrics);

    [Fact]
    [Trait(Fixtures.Category, Fixtures.Name)]
    public void Recalls_equal_the_reference_s_to_the_last_digit_it_gives()
    {
        var cases = Fixtures.ReadJson<ReferenceCase[]>("retrieval", "cases.json");
        Assert.NotEmpty(cases);
        foreach (var expected in cases)
        {
            var scores = Fixtures.ReadNpy("retrieval", expected.Scores).Floats.ToArray();
            var actual = Compute(expected.TextToImageGt, expected.NImage, scores);
            foreach (var (metric, value) in actual.ByMetric()) Assert.Equal(expected.Metrics[metric], Math.Round(value, 2));
        }
    }

    [Fact]
    public void By_hand_three_images_and_four_texts()
    {
        // Rows texts, columns images; image 0 has the texts 0 and 1.
        float[] scores =
        [
            0.9f, 0.1f, 0.2f,   // text 0 of image 0: first
            0.1f, 0.8f, 0.3f,   // text 1 of image 0: third
            0.2f, 0.7f, 0.6f,   // text 2 of image 1: first
            0.3f, 0.9f, 0.5f,   // text 3 of image 2: second
        ];
        var actual = Compute([0, 0, 1, 2], 3, scores);

        // Texts find their image first in 2 of 4 cases. Images: 0 finds text 0 first; 1 finds text 3 and 1 before 2; 2 finds text 2 before 3.
        Assert.Equal(50, actual.TextToImageR1);
        Assert.Equal(100, actual.TextToImageR5);
        Assert.Equal(100.0 / 3, actual.ImageToTextR1, 1e-9);
        Assert.Equal(100, actual.ImageToTextR5);
        Assert.Equal((50 + 100 + 100 + 100.0 / 3 + 100 + 100) / 6, actual.MeanRecall, 1e-9);
    }

    [Fact]
    public void A_model_that_scores_everything_alike_is_found_to_guess()
    {
        var actual = Compute([.. Enumerable.Range(0, 100)], 100, new float[100 * 100]);
        Assert.Equal(new RetrievalScores(1, 5, 10, 1, 5, 10), actual);
    }

    [Fact]
    public void A_score_that_is_not_a_number_is_refused() =>
        Assert.Throws<ArgumentException>(() => Compute([0, 1], 2, [1, float.NaN, 0, 1]));

    [Fact]
    public void An_image_without_a_text_is_refused() =>
        Assert.Throws<ArgumentException>(() => Compute([0, 2], 3, new float[6]));

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    public void By_block_they_are_what_sorting_every_row_and_column_gives(int levels)
    {
        // More than a block, in a number that no vector divides; with few levels most scores are equal.
        const int Images = 2003, Texts = 3 * Images;
        var random = new Random(1);
        float[] scores = [.. Enumerable.Range(0, Texts * Images).Select(_ => levels == 0 ? random.NextSingle() : random.Next(levels))];
        int[] imageOfText = [.. Enumerable.Range(0, Texts).Select(i => i < Images ? i : random.Next(Images))];
        for (var text = 0; text < Texts; text++) scores[text * Images + imageOfText[text]] = levels == 0 ? 1 - random.NextSingle() / 100 : levels - 1;

        double TextRecall(int k) => Percentage(Texts, text => Order(Images, image => scores[text * Images + image]).Take(k).Contains(imageOfText[text]));
        double ImageRecall(int k) => Percentage(Images, image => Order(Texts, text => scores[text * Images + image]).Take(k).Any(text => imageOfText[text] == image));
        var expected = new RetrievalScores(ImageRecall(1), ImageRecall(5), ImageRecall(10), TextRecall(1), TextRecall(5), TextRecall(10));

        Assert.InRange(expected.MeanRecall, 20, 95);
        Assert.Equal(expected, Compute(imageOfText, Images, scores));
    }

    private static double Percentage(int count, Predicate<int> isHit) => 100.0 * Enumerable.Range(0, count).AsParallel().Count(i => isHit(i)) / count;

    private static IEnumerable<int> Order(int count, Func<int, float> score) => Enumerable.Range(0, count).OrderByDescending(score);

    private static RetrievalScores Compute(int[] imageOfText, int images, float[] scores) =>
        RetrievalMetric.Compute(imageOfText, images, (first, rows) => scores.AsSpan(first * images, rows * images));
}
