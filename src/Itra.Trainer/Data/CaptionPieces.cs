using System.Globalization;
using System.Text;

namespace Itra.Trainer.Data;

/// <summary>
/// Cuts a cleaned caption into the pieces that byte-pair encoding works on: the two literal tokens, English contractions, a run of
/// letters, one number character, a run of anything else. Works on code points, so letters outside the BMP are letters.
/// </summary>
internal ref struct CaptionPieces(ReadOnlySpan<char> caption)
{
    public const string StartText = "<start_of_text>";
    public const string EndText = "<end_of_text>";

    private static readonly string[] Fixed = [StartText, EndText, "'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum Kind { Space, Letter, Number, Other }

    private ReadOnlySpan<char> rest = caption;

    public ReadOnlySpan<char> Current { get; private set; }

    public readonly CaptionPieces GetEnumerator() => this;

    public bool MoveNext()
    {
        while (!rest.IsEmpty)
        {
            var kind = KindOf(rest, out int length);
            if (kind != Kind.Space)
            {
                length = FixedLength(rest) is > 0 and var literal ? literal : RunLength(rest, kind, length);
                Current = rest[..length];
                rest = rest[length..];
                return true;
            }
            rest = rest[length..];
        }
        return false;
    }

    private static int FixedLength(ReadOnlySpan<char> text)
    {
        if (text[0] is not ('<' or '\'')) return 0;
        foreach (var piece in Fixed)
        {
            if (text.StartsWith(piece, StringComparison.OrdinalIgnoreCase)) return piece.Length;
        }
        return 0;
    }

    /// <param name="kind">Of the first character.</param>
    /// <param name="length">Of that.</param>
    private static int RunLength(ReadOnlySpan<char> text, Kind kind, int length)
    {
        if (kind == Kind.Number) return length;
        // Most runs are words of plain letters.
        if (kind == Kind.Letter)
            while (length < text.Length && char.IsAsciiLetter(text[length])) length++;
        while (length < text.Length && KindOf(text[length..], out int more) == kind) length += more;
        return length;
    }

    private static Kind KindOf(ReadOnlySpan<char> text, out int length)
    {
        length = 1;
        char c = text[0];
        if (char.IsAscii(c)) return char.IsAsciiLetter(c) ? Kind.Letter : char.IsAsciiDigit(c) ? Kind.Number : char.IsWhiteSpace(c) ? Kind.Space : Kind.Other;

        Rune.DecodeFromUtf16(text, out var rune, out length);
        if (Rune.IsWhiteSpace(rune)) return Kind.Space;
        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }
}
