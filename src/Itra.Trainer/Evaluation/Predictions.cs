using static TorchSharp.torch;

namespace Itra.Trainer.Evaluation;

/// <summary>From scores to guesses.</summary>
internal static class Predictions
{
    /// <summary>The classes with the highest scores, the highest first, of each row.</summary>
    /// <param name="scores">(B, C)</param>
    /// <param name="k">How many guesses; fewer if there are fewer classes.</param>
    public static IEnumerable<int[]> Best(Tensor scores, int k)
    {
        using var scope = NewDisposeScope();
        var kept = (int)Math.Min(k, scores.size(1));
        return scores.topk(kept, 1).indexes.to(ScalarType.Int32).contiguous().data<int>().ToArray().Chunk(kept);
    }
}
