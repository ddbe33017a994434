using System.Numerics;

namespace Itra.Trainer.Evaluation;

/// <summary>
/// For every image the texts that score highest with it, kept while texts are seen one by one: all that recall at k needs of a column of
/// the score matrix. Among equal scores the text seen first is ahead.
/// </summary>
internal sealed class TopTexts
{
    private readonly int kept;
    private readonly float[] scores, lowest;
    private readonly int[] texts;

    /// <param name="kept">Texts per image.</param>
    public TopTexts(int images, int kept)
    {
        this.kept = kept;
        (scores, texts, lowest) = (new float[images * kept], new int[images * kept], new float[images]);
        Array.Fill(scores, float.NegativeInfinity);
        Array.Fill(texts, -1);
        Array.Fill(lowest, float.NegativeInfinity);
    }

    /// <param name="row">(images,): the text's score with each of them; finite.</param>
    public void Add(int text, ReadOnlySpan<float> row)
    {
        // Hardly any score is among the highest of its image after the first few hundred texts, so what counts is to find that out fast.
        var width = Vector<float>.Count;
        var image = 0;
        for (; image + width <= row.Length; image += width)
        {
            if (!Vector.GreaterThanAny(new Vector<float>(row[image..]), new Vector<float>(lowest, image))) continue;
            for (var i = image; i < image + width; i++) Add(text, i, row[i]);
        }
        for (; image < row.Length; image++) Add(text, image, row[image]);
    }

    /// <summary>Place of the first text that is chosen, from 0; -1 if none of those kept is.</summary>
    public int PlaceOf(int image, Predicate<int> chosen)
    {
        for (var place = 0; place < kept; place++)
            if (texts[image * kept + place] is >= 0 and var text && chosen(text)) return place;
        return -1;
    }

    private void Add(int text, int image, float score)
    {
        if (score <= lowest[image]) return;
        int first = image * kept, place = first + kept - 1;
        for (; place > first && scores[place - 1] < score; place--) (scores[place], texts[place]) = (scores[place - 1], texts[place - 1]);
        (scores[place], texts[place]) = (score, text);
        lowest[image] = scores[first + kept - 1];
    }
}
