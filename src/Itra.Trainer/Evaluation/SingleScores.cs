using System.Collections.Concurrent;
using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Evaluation;

/// <summary>A pair whose score is asked for.</summary>
internal readonly record struct Pair(int Text, int Image);

/// <summary>
/// Scores of single pairs, bit for bit as they stand in libtorch's product of many rows. That adds up the products of a stretch of the rows
/// one after the other, with one rounding each, and then the sums of the stretches; how long these are depends on the library and the
/// processor, and is found out by comparing.
/// </summary>
internal sealed unsafe class SingleScores
{
    private const int Compared = 64;

    private static readonly int[] Stretches = [192, 256, 320, 336, 384, 448, 512, 1024, 2048];

    private readonly Tensor texts, images;
    private readonly float* text, image;
    private readonly int width, stretch;

    private SingleScores(Tensor texts, Tensor images, int stretch)
    {
        (this.texts, this.images, this.stretch) = (texts, images, stretch);
        text = (float*)TensorMemory.Pointer(texts);
        image = (float*)TensorMemory.Pointer(images);
        width = (int)texts.size(1);
    }

    /// <param name="texts">(T, E) float32, contiguous on the host; kept.</param>
    /// <param name="images">(I, E) likewise.</param>
    /// <param name="product">(some, I): the scores of the first texts.</param>
    /// <returns>Null if no order gives the same bits.</returns>
    public static SingleScores? Like(Tensor texts, Tensor images, ReadOnlySpan<float> product)
    {
        var columns = (int)images.size(0);
        var rows = product.Length / columns;
        Pair[] pairs = [.. from i in Enumerable.Range(0, rows) from j in Enumerable.Range(0, Compared) select new Pair(i, (int)((columns - 1L) * j / (Compared - 1)))];
        foreach (var stretch in Stretches)
        {
            var found = new SingleScores(texts, images, stretch);
            var scores = found.Score(pairs);
            var same = true;
            for (var i = 0; same && i < pairs.Length; i++) same = scores[i] == product[pairs[i].Text * columns + pairs[i].Image];
            if (same) return found;
        }
        return null;
    }

    public float[] Score(Pair[] pairs)
    {
        // Each addition waits for the one before it; those of three other pairs fill the time.
        const int Together = 4;
        var scores = new float[pairs.Length];
        if (pairs.Length == 0) return scores;
        Parallel.ForEach(Partitioner.Create(0, (pairs.Length + Together - 1) / Together), range =>
        {
            Span<float> four = stackalloc float[Together];
            for (var i = Together * range.Item1; i < Together * range.Item2; i += Together)
            {
                var left = Math.Min(Together, pairs.Length - i);
                ReadOnlySpan<Pair> some = left == Together ? pairs.AsSpan(i, Together) : [.. pairs.AsSpan(i), .. Enumerable.Repeat(pairs[i], Together - left)];
                ScoreFour(some, four);
                four[..left].CopyTo(scores.AsSpan(i));
            }
        });
        GC.KeepAlive(texts);
        GC.KeepAlive(images);
        return scores;
    }

    private void ScoreFour(ReadOnlySpan<Pair> pairs, Span<float> scores)
    {
        float* a = text + (long)pairs[0].Text * width, b = text + (long)pairs[1].Text * width, c = text + (long)pairs[2].Text * width, d = text + (long)pairs[3].Text * width;
        float* e = image + (long)pairs[0].Image * width, f = image + (long)pairs[1].Image * width, g = image + (long)pairs[2].Image * width, h = image + (long)pairs[3].Image * width;
        for (var start = 0; start < width; start += stretch)
        {
            var end = Math.Min(width, start + stretch);
            float ae = 0, bf = 0, cg = 0, dh = 0;
            for (var k = start; k < end; k++)
            {
                ae = MathF.FusedMultiplyAdd(a[k], e[k], ae);
                bf = MathF.FusedMultiplyAdd(b[k], f[k], bf);
                cg = MathF.FusedMultiplyAdd(c[k], g[k], cg);
                dh = MathF.FusedMultiplyAdd(d[k], h[k], dh);
            }
            if (start == 0) (scores[0], scores[1], scores[2], scores[3]) = (ae, bf, cg, dh);
            else (scores[0], scores[1], scores[2], scores[3]) = (scores[0] + ae, scores[1] + bf, scores[2] + cg, scores[3] + dh);
        }
    }
}
