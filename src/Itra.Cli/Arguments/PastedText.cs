using System.Buffers;
using System.Text;

namespace Itra.Cli.Arguments;

/// <summary>
/// Commands copied from a web page or a paper: dashes and quotes have become typographic, and a blank between a value and the
/// next flag is lost (<c>'openclip'--pretrained-image-model</c> reaches us as one word).
/// </summary>
internal static class PastedText
{
    private const string Dashes = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212";
    private const string Quotes = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb";
    private static readonly SearchValues<char> Typographic = SearchValues.Create(Dashes + Quotes);
    private static readonly SearchValues<char> AnyQuote = SearchValues.Create(Quotes);

    /// <returns>The words as they were meant, or null if there is nothing to correct.</returns>
    public static IReadOnlyList<string>? Correct(IReadOnlyList<string> words, Func<string, bool> isFlag)
    {
        List<string> meant = [];
        foreach (var word in Requoted(words))
        {
            var plain = Plain(word);
            // "--name=a--seed" is how to say that the value really contains a flag's name.
            var cut = plain.StartsWith("--", StringComparison.Ordinal) && plain.Contains('=') ? -1 : Seam(plain, isFlag);
            if (cut > 0) meant.AddRange([plain[..cut], plain[cut..]]);
            else meant.Add(plain);
        }
        return meant.SequenceEqual(words) ? null : meant;
    }

    /// <summary>Where a known flag begins inside a word, or -1.</summary>
    private static int Seam(string word, Func<string, bool> isFlag)
    {
        for (var at = 1; at < word.Length - 2; at++)
        {
            if (word.AsSpan(at).StartsWith("--") && isFlag(word[(at + 2)..].Split('=')[0])) return at;
        }
        return -1;
    }

    /// <summary>A dash at the start or behind a closing quote begins a flag; anywhere else it is a hyphen.</summary>
    private static string Plain(string word)
    {
        if (word.AsSpan().IndexOfAny(Typographic) < 0) return word;
        var text = new StringBuilder();
        for (var i = 0; i < word.Length; i++)
        {
            if (Quotes.Contains(word[i])) continue;
            if (!Dashes.Contains(word[i])) text.Append(word[i]);
            else if (i > 0 && Dashes.Contains(word[i - 1])) continue;
            else text.Append(i == 0 || Quotes.Contains(word[i - 1]) ? "--" : "-");
        }
        return text.ToString();
    }

    /// <summary>Typographic quotes do not keep words together for the shell: joins what stood between them.</summary>
    private static IEnumerable<string> Requoted(IReadOnlyList<string> words)
    {
        for (var i = 0; i < words.Count; i++)
        {
            var end = i;
            if (words[i].Length > 0 && Quotes.Contains(words[i][0]))
                while (end < words.Count && words[end].AsSpan(end == i ? 1 : 0).IndexOfAny(AnyQuote) < 0) end++;
            if (end == i || end == words.Count) yield return words[i];
            else yield return string.Join(' ', words.Skip(i).Take(end - i + 1));
            if (end < words.Count) i = end;
        }
    }
}
