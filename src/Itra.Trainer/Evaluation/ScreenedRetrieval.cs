using System.Numerics;
using Itra.Domain.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Evaluation;

/// <summary>
/// What <see cref="RetrievalMetric.Compute"/> finds, to the bit, without most of the float32 products that it looks at. All that recall
/// needs is how many scores are beyond one that is known: a text's with its own image, an image's with the best of its texts. A product of
/// rounded rows is several times as fast, and for nearly all scores near enough to tell. The few others are computed one by one; and where
/// they are not few, the block of texts as a whole.
/// </summary>
internal sealed class ScreenedRetrieval
{
    // Products of fewer rows or columns may be added up in another order. A score alone takes as long as some 30 in a product.
    private const int Fewest = 64, MostDoubtful = 32;

    private readonly Products products;
    private readonly IReadOnlyList<int> owners;
    private readonly SingleScores singles;
    private readonly float[] own, best, low, high, row;
    private readonly int[] bestText, textRank, imageRank;
    private readonly List<Pair> doubtfulForTexts = [], doubtfulForImages = [];

    private ScreenedRetrieval(Products products, IReadOnlyList<int> owners, SingleScores singles)
    {
        (this.products, this.owners, this.singles) = (products, owners, singles);
        int texts = products.Texts, images = products.Images;
        (textRank, imageRank, bestText) = (new int[texts], new int[images], new int[images]);
        (best, low, high, row) = (new float[images], new float[images], new float[images], new float[images]);
        own = singles.Score([.. owners.Select((image, text) => new Pair(text, image))]);
        Array.Fill(best, float.NegativeInfinity);
        for (var text = 0; text < texts; text++)
            if (own[text] > best[owners[text]]) (best[owners[text]], bestText[owners[text]]) = (own[text], text);
    }

    /// <summary>Blocks of texts for which the rounded products were enough.</summary>
    public int Screened { get; private set; }

    /// <returns>Null if single scores are not those of the products, or no numbers; then nothing is known.</returns>
    /// <inheritdoc cref="RetrievalMetric.Compute"/>
    public static RetrievalScores? TryCompute(Products products, IReadOnlyList<int> imageOfText) => Over(products, imageOfText)?.TryCompute();

    /// <summary>Makes ready, for those who also want to know how it went.</summary>
    internal static ScreenedRetrieval? Over(Products products, IReadOnlyList<int> imageOfText)
    {
        RetrievalMetric.MustBeComplete(imageOfText, products.Images);
        if (products.Images < Fewest || products.Rows < Fewest || products.Texts % products.Rows is > 0 and < Fewest) return null;
        if (!IsInOrder(products.TextRows) || !IsInOrder(products.ImageRows)) return null;
        return SingleScores.Like(products.TextRows, products.ImageRows, products.Exact(0, Fewest)) is { } singles ? new(products, imageOfText, singles) : null;
    }

    /// <inheritdoc cref="TryCompute(Products, IReadOnlyList{int})"/>
    internal RetrievalScores? TryCompute()
    {
        if (own.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue)) return null;
        var rounded = new RoundedProducts(products);
        int waiting = 0, next = 1;
        for (var first = 0; first < products.Texts; first += products.Rows)
        {
            var count = Math.Min(products.Rows, products.Texts - first);
            if (waiting == 0 && TryScreen(rounded, first, count))
            {
                Screened++;
                continue;
            }
            // Where one block is hard, so are most: waiting twice as long each time, it is found out a few times only.
            (waiting, next) = waiting > 0 ? (waiting - 1, next) : (next, 2 * next);
            if (!TryCount(first, count)) return null;
        }
        return RetrievalMetric.Of(imageRank, textRank);
    }

    private static bool IsInOrder(Tensor rows) =>
        rows.device_type == DeviceType.CPU && rows.dtype == ScalarType.Float32 && rows.is_contiguous() && rows.numel() <= int.MaxValue;

    /// <summary>Counts in a block by rounded products. False if too much of it is doubtful; nothing was counted then.</summary>
    private bool TryScreen(RoundedProducts rounded, int first, int count)
    {
        var block = rounded.Block(first, count, out var bound);
        if (bound is not { } distance) return false;
        // A product within the distance of a score is rounded to something between these two, as rounding keeps the order.
        for (var image = 0; image < best.Length; image++) (low[image], high[image]) = (Bfloat16Rows.Floor(best[image] - distance), Bfloat16Rows.Ceiling(best[image] + distance));
        Close();
        doubtfulForTexts.Clear();
        doubtfulForImages.Clear();
        int[] before = [.. imageRank];
        for (var i = 0; i < count; i++)
        {
            Bfloat16Rows.Widen(block.Slice(i * row.Length, row.Length), row);
            if (CountForText(first + i, distance) && CountForImages(first + i, row) && doubtfulForTexts.Count + doubtfulForImages.Count <= MostDoubtful * count) continue;
            before.CopyTo(imageRank, 0);
            return false;
        }
        foreach (var (pair, score) in doubtfulForTexts.Zip(singles.Score([.. doubtfulForTexts])))
            if (score > own[pair.Text] || (score == own[pair.Text] && pair.Image < owners[pair.Text])) textRank[pair.Text]++;
        foreach (var (pair, score) in doubtfulForImages.Zip(singles.Score([.. doubtfulForImages]))) CountForImage(pair, score);
        return true;
    }

    /// <summary>The same by the scores themselves. False if a single score is another than here.</summary>
    private bool TryCount(int first, int count)
    {
        var block = products.Exact(first, count);
        best.CopyTo(low, 0);
        Close();
        for (var i = 0; i < count; i++)
        {
            var text = first + i;
            var scores = block.Slice(i * best.Length, best.Length);
            if (scores.ContainsAnyExceptInRange(float.MinValue, float.MaxValue)) throw new ArgumentException($"a score of text {text} is not a number");
            if (scores[owners[text]] != own[text]) return false;
            textRank[text] = RetrievalMetric.RankOf(scores, owners[text]);
            CountForImages(text, scores, exact: true);
        }
        return true;
    }

    /// <summary>False if the text's own score is not where the bound has it: then this machine's products are other than those it is of.</summary>
    private bool CountForText(int text, double distance)
    {
        var (owner, from, to) = (owners[text], Bfloat16Rows.Floor(own[text] - distance), Bfloat16Rows.Ceiling(own[text] + distance));
        if (!(row[owner] >= from && row[owner] <= to)) return false;
        textRank[text] = RetrievalMetric.CountAbove(row, to);
        if (textRank[text] >= RetrievalMetric.Deepest || RetrievalMetric.CountAbove(row, MathF.BitDecrement(from)) == textRank[text] + 1) return true;
        for (var image = 0; image < row.Length; image++)
            if (row[image] >= from && row[image] <= to && image != owner) doubtfulForTexts.Add(new Pair(text, image));
        return true;
    }

    private bool CountForImages(int text, ReadOnlySpan<float> scores, bool exact = false)
    {
        // Most of what is counted is counted in the first blocks; then what counts is to find fast that there is nothing.
        var image = 0;
        for (; image + Vector<float>.Count <= scores.Length; image += Vector<float>.Count)
        {
            if (!Vector.GreaterThanOrEqualAny(new Vector<float>(scores[image..]), new Vector<float>(low, image))) continue;
            for (var i = image; i < image + Vector<float>.Count; i++) Count(i, scores[i]);
        }
        for (; image < scores.Length; image++) Count(image, scores[image]);
        return true;

        void Count(int image, float score)
        {
            if (score < low[image]) return;
            if (exact) CountForImage(new Pair(text, image), score);
            else if (score <= high[image]) doubtfulForImages.Add(new Pair(text, image));
            else imageRank[image]++;
            if (imageRank[image] >= RetrievalMetric.Deepest) low[image] = float.PositiveInfinity;
        }
    }

    private void CountForImage(Pair pair, float score)
    {
        if (score > best[pair.Image] || (score == best[pair.Image] && pair.Text < bestText[pair.Image])) imageRank[pair.Image]++;
    }

    /// <summary>Nothing more is asked about images of which enough is known.</summary>
    private void Close()
    {
        for (var image = 0; image < imageRank.Length; image++)
            if (imageRank[image] >= RetrievalMetric.Deepest) low[image] = float.PositiveInfinity;
    }
}
