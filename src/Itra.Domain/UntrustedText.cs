using System.Buffers;
using System.Globalization;
using System.Text;

namespace Itra.Domain;

/// <summary>Texts that somebody else has chosen: names, messages, whatever an imported run brings along.</summary>
public static class UntrustedText
{
    private const int LongestFileName = 120;

    // Controls, among them what terminals obey; and what makes text read in another order than it is written (Unicode TR 9), breaks lines or cannot be seen.
    private static readonly SearchValues<char> Tricks = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Concat(Enumerable.Range(0x202A, 5)).Concat(Enumerable.Range(0x2066, 4)).Select(c => (char)c), '\u061C', '\u200E', '\u200F', '\u2028', '\u2029', '\uFEFF']);

    /// <summary>Whether a text is more than what one sees of it: control characters, or marks that change the direction of writing.</summary>
    public static bool HasTricks(string text) => text.AsSpan().ContainsAny(Tricks);

    /// <summary>The text with each such character written as its number, such as <c>\u001b</c>.</summary>
    public static string Shown(string text)
    {
        if (!HasTricks(text)) return text;
        var shown = new StringBuilder(text.Length + 16);
        foreach (var c in text) _ = Tricks.Contains(c) ? shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : shown.Append(c);
        return shown.ToString();
    }

    /// <summary>A name made of it that every file system takes, as one part of a path: at most 120 ASCII letters, digits and <c>-_.=</c>, not a dot or hyphen first. Of a long one, beginning and end stay.</summary>
    public static string AsFileName(string text)
    {
        var name = string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '=' ? c : '-')).TrimStart('.', '-');
        if (name.Length > LongestFileName) name = $"{name[..(LongestFileName / 2)]}-{name[^((LongestFileName / 2) - 1)..]}";
        return name.Length > 0 ? name : "unnamed";
    }
}
