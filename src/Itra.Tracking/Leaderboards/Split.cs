namespace Itra.Tracking.Leaderboards;

/// <summary>Whether a score was measured on what a definition asks for. A data set is named by its name, or by at least 8 characters of its digest.</summary>
internal static class Split
{
    public const int ShortestDigest = 8;

    public static bool Is(string? wanted, ScoreRow score) => wanted is null || score.Dataset == wanted
        || (wanted.Length >= ShortestDigest && score.DatasetDigest.StartsWith(wanted, StringComparison.Ordinal));

    /// <summary>Mixtures of weights are called by their kind: <c>wise-ft</c> counts every alpha.</summary>
    public static bool IsOfWeights(string? wanted, ScoreRow score) => wanted is null || score.Weights == wanted || score.Weights.StartsWith(wanted + " ", StringComparison.Ordinal);

    /// <summary>Whether a point over <paramref name="digests"/>, joined by commas, used an evaluation on <paramref name="digest"/>.</summary>
    public static bool Covers(string digests, string digest) => digests == digest || digests.Split(',').Contains(digest);
}
