using Itra.Domain.Training;

namespace Itra.Trainer.Evaluation;

/// <summary>Scores of texts against images, produced a block of texts at a time, because all of them do not fit.</summary>
/// <param name="firstText">First row of the block.</param>
/// <param name="scores">(rows, images), row-major; to be filled. Asked twice for the same block it has to give the same numbers.</param>
internal delegate void ScoreBlock(int firstText, Span<float> scores);

/// <summary>Recall at 1, 5 and 10 both ways. Source: the definition in CLIP_benchmark, which ITRA's evaluation follows.</summary>
internal static class RetrievalMetric
{
    private const int BlockElements = 1 << 22;

    /// <param name="imageOfText">For every text, the image it describes.</param>
    /// <param name="images">Number of images.</param>
    /// <exception cref="ArgumentException">A score is not a number, an image has no text, or there are no queries.</exception>
    /// <remarks>Among equal scores the earlier candidate comes first, so that a model which scores everything alike is found to guess.</remarks>
    public static RetrievalScores Compute(IReadOnlyList<int> imageOfText, int images, ScoreBlock fill)
    {
        if (images == 0 || imageOfText.Count == 0) throw new ArgumentException("there is nothing to retrieve");
        var texts = imageOfText.Count;
        var rows = Math.Max(1, BlockElements / images);
        var buffer = new float[Math.Min(rows, texts) * (long)images];
        int[] textRank = new int[texts], imageRank = new int[images], bestText = new int[images];
        var bestScore = new float[images];
        Array.Fill(bestText, -1);

        ForEachRow((text, scores) =>
        {
            var image = imageOfText[text];
            if (scores.ContainsAnyExceptInRange(float.MinValue, float.MaxValue)) throw new ArgumentException($"a score of text {text} is not a number");
            textRank[text] = RankOf(scores, image);
            if (bestText[image] >= 0 && scores[image] <= bestScore[image]) return;
            (bestText[image], bestScore[image]) = (text, scores[image]);
        });
        if (Array.IndexOf(bestText, -1) is >= 0 and var lonely) throw new ArgumentException($"image {lonely} has no text");

        ForEachRow((text, scores) =>
        {
            for (var image = 0; image < images; image++)
                if (scores[image] > bestScore[image] || (scores[image] == bestScore[image] && text < bestText[image])) imageRank[image]++;
        });

        return new RetrievalScores(
            Recall(imageRank, 1), Recall(imageRank, 5), Recall(imageRank, 10),
            Recall(textRank, 1), Recall(textRank, 5), Recall(textRank, 10));

        void ForEachRow(RowAction action)
        {
            for (var first = 0; first < texts; first += rows)
            {
                var count = Math.Min(rows, texts - first);
                var block = buffer.AsSpan(0, count * images);
                fill(first, block);
                for (var i = 0; i < count; i++) action(first + i, block.Slice(i * images, images));
            }
        }
    }

    private delegate void RowAction(int text, ReadOnlySpan<float> scores);

    /// <summary>How many candidates come before the given one.</summary>
    private static int RankOf(ReadOnlySpan<float> scores, int candidate)
    {
        var score = scores[candidate];
        var before = 0;
        for (var i = 0; i < scores.Length; i++)
            if (scores[i] > score || (scores[i] == score && i < candidate)) before++;
        return before;
    }

    /// <summary>Percentage of queries whose answer is among the first <paramref name="k"/>.</summary>
    private static double Recall(int[] ranks, int k) => 100.0 * ranks.Count(rank => rank < k) / ranks.Length;
}
