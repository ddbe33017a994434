namespace Itra.Trainer.Clip;

/// <summary>What is probably not meant in --lock-image-partial and --lock-text-partial. Keywords are substrings of names, which is easily forgotten.</summary>
internal static class LockRemarks
{
    private const int Examples = 3;

    /// <param name="parameters">Whole names.</param>
    public static IReadOnlyList<string> Of(ClipConfig config, IReadOnlyList<string> parameters) =>
    [
        .. Of("image", config.LockImageModel, config.LockImagePartial, Within(ClipModel.ImagePrefix + ".", parameters)),
        .. Of("text", config.LockTextModel, config.LockTextPartial, Within(ClipModel.TextPrefix + ".", parameters)),
    ];

    private static List<string> Within(string prefix, IEnumerable<string> parameters) =>
        [.. parameters.Where(p => p.StartsWith(prefix, StringComparison.Ordinal)).Select(p => p[prefix.Length..])];

    private static IEnumerable<string> Of(string tower, bool locked, string partial, List<string> names)
    {
        if (partial.Length == 0) yield break;
        var all = partial.Split(',');
        foreach (var written in all)
        {
            var keyword = written.Replace("!", "");
            var matches = names.Where(n => n.Contains(keyword, StringComparison.Ordinal)).ToList();
            var problem = (written.Contains('!'), locked) switch
            {
                (true, false) => $"does nothing: without --lock-{tower}-model all of the tower trains; to freeze a part of it write {keyword} without '!'",
                (false, true) => $"does nothing: --lock-{tower}-model freezes all of the tower; to train a part of it write !{keyword}",
                _ when keyword.Length == 0 => $"matches every parameter of the {tower} tower: is there a comma too many?",
                _ when matches.Count == 0 => $"matches no parameter of the {tower} tower; near it are {string.Join(", ", Nearest.Few(keyword, names.SelectMany(Parts).Distinct(), Examples))}",
                // What another keyword names is no surprise.
                _ => Surprise(keyword, matches, [.. all.Select(k => k.Replace("!", "")).Where(k => k.Length > keyword.Length)]) is { } more ? $"also matches {more}" : null,
            };
            if (problem is not null) yield return $"--lock-{tower}-partial: '{written}' {problem}";
        }
    }

    /// <summary>Matches beyond the one that a reader sees: <c>resblocks.10</c> for <c>resblocks.1</c>, <c>attn.out_proj</c> for a parameter called <c>proj</c>.</summary>
    private static string? Surprise(string keyword, List<string> matches, List<string> named)
    {
        bool Ends(string name, int end) => end == name.Length || name[end] == '.';
        var exact = matches.Where(n => Places(keyword, n).Any(at => (at == 0 || n[at - 1] == '.') && Ends(n, at + keyword.Length))).ToList();
        var others = exact.Count == 0 ? [] : exact.Any(n => n.StartsWith(keyword, StringComparison.Ordinal))
            ? matches.Where(n => !(n.StartsWith(keyword, StringComparison.Ordinal) && Ends(n, keyword.Length))).ToList()
            : matches.Except(exact).Where(n => Places(keyword, n).Any(at => at + keyword.Length < n.Length && char.IsAsciiDigit(keyword[^1]) && char.IsAsciiDigit(n[at + keyword.Length]))).ToList();
        var shown = others.Where(n => !named.Exists(k => n.Contains(k, StringComparison.Ordinal))).Select(n => Around(keyword, n)).Distinct().ToList();
        if (shown.Count == 0) return null;
        var list = string.Join(", ", shown.Take(Examples)) + (shown.Count > Examples ? $" and {shown.Count - Examples} more" : "");
        return char.IsAsciiDigit(keyword[^1]) ? $"{list}; for that one alone write '{keyword}.' with the dot" : list;
    }

    private static IEnumerable<int> Places(string keyword, string name)
    {
        for (var at = name.IndexOf(keyword, StringComparison.Ordinal); at >= 0; at = name.IndexOf(keyword, at + 1, StringComparison.Ordinal)) yield return at;
    }

    /// <summary>The parts of the name that the keyword touches, with all that is before them.</summary>
    private static string Around(string keyword, string name)
    {
        var end = name.IndexOf('.', name.IndexOf(keyword, StringComparison.Ordinal) + keyword.Length);
        return end < 0 ? name : name[..end];
    }

    /// <summary>What somebody could write: parts of a name, and pairs of parts.</summary>
    private static IEnumerable<string> Parts(string name)
    {
        var parts = name.Split('.');
        return parts.Where(p => !p.All(char.IsAsciiDigit)).Concat(parts.Zip(parts.Skip(1), (a, b) => $"{a}.{b}").Where(p => !char.IsAsciiDigit(p[0])));
    }
}
