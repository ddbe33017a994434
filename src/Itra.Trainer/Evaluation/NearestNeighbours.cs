using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Evaluation;

/// <summary>
/// Classifies by the votes of the k most similar training images, each weighing exp(cosine / temperature). Source: Wu et al. 2018, with
/// ITRA's k and temperature.
/// </summary>
internal static class NearestNeighbours
{
    public const int Neighbours = 20;
    public const double Temperature = 0.07;

    private const int Rows = 1024;

    /// <summary>The likeliest class of each test image.</summary>
    /// <param name="train">(N, E), rows of length one</param>
    /// <param name="labels">(N,) int64</param>
    /// <param name="test">(M, E), rows of length one</param>
    public static IReadOnlyList<int[]> Classify(Tensor train, Tensor labels, Tensor test, int classes, int neighbours = Neighbours, double temperature = Temperature, CancellationToken cancellation = default)
    {
        using var scope = NewDisposeScope();
        var columns = train.t();
        var k = (int)Math.Min(neighbours, train.size(0));
        var guesses = new List<int[]>();
        foreach (var rows in test.split(Rows))
        {
            cancellation.ThrowIfCancellationRequested();
            using var inner = NewDisposeScope();
            var (similarity, nearest) = rows.matmul(columns).topk(k, 1);                    // (B, k)
            var votes = zeros([rows.size(0), classes], rows.dtype, rows.device).scatter_add_(1, labels.index_select(0, nearest.flatten()).view(-1, k), similarity.DividedBy(temperature).exp());
            guesses.AddRange(Predictions.Best(votes, 1));
        }
        return guesses;
    }
}
