using Itra.Domain;
using Itra.Tracking.Leaderboards;
using Itra.Trainer.Clip;

namespace Itra.Cli.Leaderboards;

/// <summary>Tells a word that nothing was ever recorded under from one under which nothing competes.</summary>
internal static class KnownNames
{
    private const int ShortestDigest = 8;

    /// <exception cref="UserErrorException">A word names nothing; the message has the nearest.</exception>
    public static void MustHave(ScoreNames known, string? metric, string? dataset, string? experiment)
    {
        MustBeAmong("score", metric, known.Metrics);
        if (!known.Datasets.Any(d => dataset?.Length >= ShortestDigest && d.Digest.StartsWith(dataset, StringComparison.Ordinal)))
            MustBeAmong("data set with scores", dataset, known.Datasets.Select(d => d.Name));
        MustBeAmong("experiment", experiment, known.Experiments);
    }

    private static void MustBeAmong(string kind, string? word, IEnumerable<string> all)
    {
        string[] names = [.. all.Distinct().Order(StringComparer.Ordinal)];
        if (word is not null && names.Length > 0 && !names.Contains(word)) throw new UserErrorException($"there is no {kind} '{word}'; the nearest is {Nearest.To(word, names)}");
    }
}
