using System.Numerics;
using Itra.Domain.Training;

namespace Itra.Trainer.Evaluation;

/// <summary>Scores of some texts against all images, (count, images) row-major: all of them do not fit. Valid until the next call.</summary>
/// <param name="firstText">First row of the block.</param>
/// <param name="count">Rows.</param>
internal delegate ReadOnlySpan<float> ScoreBlock(int firstText, int count);

/// <summary>Recall at 1, 5 and 10 both ways. Source: the definition in CLIP_benchmark, which ITRA's evaluation follows.</summary>
internal static class RetrievalMetric
{
    /// <summary>Places that count.</summary>
    public const int Deepest = 10;

    private const int BlockElements = 1 << 22;

    /// <summary>Texts whose scores are asked for at once: about as many in every block, as products of few rows are another arithmetic.</summary>
    public static int BlockRows(int texts, int images)
    {
        var most = Math.Max(1, BlockElements / Math.Max(1, images));
        var blocks = Math.Max(1, (texts + most - 1) / most);
        return (texts + blocks - 1) / blocks;
    }

    /// <param name="imageOfText">For every text, the image it describes.</param>
    /// <param name="images">Number of images.</param>
    /// <exception cref="ArgumentException">A score is not a number, an image has no text, or there are no queries.</exception>
    /// <remarks>
    /// Every score is looked at once. Among equal scores the earlier candidate comes first, so that a model which scores everything alike is
    /// found to guess.
    /// </remarks>
    public static RetrievalScores Compute(IReadOnlyList<int> imageOfText, int images, ScoreBlock score)
    {
        MustBeComplete(imageOfText, images);
        var (texts, rows) = (imageOfText.Count, BlockRows(imageOfText.Count, images));
        var textRank = new int[texts];
        var top = new TopTexts(images, Deepest);
        for (var first = 0; first < texts; first += rows)
        {
            var count = Math.Min(rows, texts - first);
            var block = score(first, count);
            for (var i = 0; i < count; i++)
            {
                var row = block.Slice(i * images, images);
                if (row.ContainsAnyExceptInRange(float.MinValue, float.MaxValue)) throw new ArgumentException($"a score of text {first + i} is not a number");
                textRank[first + i] = RankOf(row, imageOfText[first + i]);
                top.Add(first + i, row);
            }
        }

        int[] imageRank = [.. Enumerable.Range(0, images).Select(image => top.PlaceOf(image, text => imageOfText[text] == image) is >= 0 and var place ? place : Deepest)];
        return Of(imageRank, textRank);
    }

    /// <exception cref="ArgumentException">An image has no text, or there are no queries.</exception>
    public static void MustBeComplete(IReadOnlyList<int> imageOfText, int images)
    {
        if (images == 0 || imageOfText.Count == 0) throw new ArgumentException("there is nothing to retrieve");
        if (Enumerable.Range(0, images).Except(imageOfText).Select(i => (int?)i).FirstOrDefault() is { } lonely) throw new ArgumentException($"image {lonely} has no text");
    }

    /// <param name="imageRank">For every image, how many texts come before the first of its own; beyond <see cref="Deepest"/> it may be any number.</param>
    /// <param name="textRank">For every text, how many images come before its own.</param>
    public static RetrievalScores Of(int[] imageRank, int[] textRank) => new(
        Recall(imageRank, 1), Recall(imageRank, 5), Recall(imageRank, Deepest),
        Recall(textRank, 1), Recall(textRank, 5), Recall(textRank, Deepest));

    /// <summary>How many candidates come before the given one.</summary>
    public static int RankOf(ReadOnlySpan<float> scores, int candidate) =>
        CountAbove(scores[..candidate], MathF.BitDecrement(scores[candidate])) + CountAbove(scores[(candidate + 1)..], scores[candidate]);

    /// <summary>How many of the scores are above a bound.</summary>
    public static int CountAbove(ReadOnlySpan<float> scores, float bound)
    {
        var (bounds, counts, i) = (new Vector<float>(bound), Vector<int>.Zero, 0);
        // A comparison that holds is -1.
        for (; i + Vector<float>.Count <= scores.Length; i += Vector<float>.Count) counts -= Vector.GreaterThan(new Vector<float>(scores[i..]), bounds);
        var count = Vector.Sum(counts);
        for (; i < scores.Length; i++)
            if (scores[i] > bound) count++;
        return count;
    }

    /// <summary>Percentage of queries whose answer is among the first <paramref name="k"/>.</summary>
    private static double Recall(int[] ranks, int k) => 100.0 * ranks.Count(rank => rank < k) / ranks.Length;
}
