namespace Itra.Trainer.Clip;

/// <summary>Finds what somebody probably meant.</summary>
public static class Nearest
{
    /// <summary>The candidate with the smallest edit distance (Levenshtein) to <paramref name="typed"/>; hyphens and underscores count as equal.</summary>
    public static string To(string typed, IEnumerable<string> candidates) =>
        candidates.MinBy(c => Distance(typed.Replace('-', '_'), c.Replace('-', '_'))) ?? "";

    /// <summary>The nearest few, the nearest first.</summary>
    public static IReadOnlyList<string> Few(string typed, IEnumerable<string> candidates, int count) =>
        [.. candidates.OrderBy(c => Distance(typed, c)).ThenBy(c => c, StringComparer.Ordinal).Take(count)];

    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }
}
