using System.Buffers;
using System.Globalization;
using System.Text;

namespace Itra.Trainer.Data.Cleaning;

/// <summary>Makes a caption what CLIP's text tower was trained on: repaired, unescaped twice, one space between words, lower case.</summary>
internal static class CaptionCleaner
{
    /// <summary>Characters of all but the longest captions.</summary>
    public const int Usual = 512;

    // Everything printable of ASCII but the start of an entity: nothing to repair.
    private static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c).Where(c => c != '&')]);

    /// <summary>The same but for runs of spaces, which the pieces of a caption do not see; without a new string where nothing is to be repaired.</summary>
    /// <param name="buffer">Holds the result if it is long enough.</param>
    public static ReadOnlySpan<char> Clean(string caption, Span<char> buffer) =>
        caption.Length <= buffer.Length && !caption.AsSpan().ContainsAnyExcept(Plain) ? buffer[..caption.AsSpan().ToLowerInvariant(buffer)] : Clean(caption);

    public static string Clean(string caption)
    {
        var repaired = TextRepair.Repair(caption);
        var plain = HtmlEntities.Unescape(HtmlEntities.Unescape(repaired));
        return Lower(CollapseSpace(plain));
    }

    private static string CollapseSpace(string text)
    {
        var words = new StringBuilder(text.Length);
        bool space = false;
        foreach (char c in text)
        {
            if (char.IsWhiteSpace(c))
            {
                space = words.Length > 0;
                continue;
            }
            if (space) words.Append(' ');
            space = false;
            words.Append(c);
        }
        return words.ToString();
    }

    // Two letters whose lower case depends on more than themselves.
    private static string Lower(string text)
    {
        if (text.Contains('\u0130')) text = text.Replace("\u0130", "i\u0307");
        if (text.Contains('\u03A3'))
        {
            var letters = text.ToCharArray();
            for (int i = 0; i < letters.Length; i++)
            {
                if (letters[i] == '\u03A3') letters[i] = EndsWord(text, i) ? '\u03C2' : '\u03C3';
            }
            text = new string(letters);
        }
        return text.ToLowerInvariant();
    }

    private static bool EndsWord(string text, int sigma) => CasedNeighbour(text, sigma, -1) && !CasedNeighbour(text, sigma, +1);

    private static bool CasedNeighbour(string text, int at, int direction)
    {
        for (int i = at + direction; i >= 0 && i < text.Length; i += direction)
        {
            switch (char.GetUnicodeCategory(text[i]))
            {
                case UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter:
                    return true;
                case UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
                    or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol:
                    continue;
                default:
                    if (text[i] is '\'' or '.' or ':' or '\u00B7' or '\u2019') continue;
                    return false;
            }
        }
        return false;
    }
}
