using System.Text;
using System.Text.RegularExpressions;

namespace Itra.Trainer.Data.Cleaning;

/// <summary>The part of ftfy's <c>fix_text</c> that captions meet: straight quotes, ligatures, full-width forms, control characters,
/// terminal escapes, composed accents, and UTF-8 that was read as Windows-1252.</summary>
internal static partial class TextRepair
{
    private const string Continuation =
        "[\u0080-\u00BF\u20AC\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u017D" +
        "\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u017E\u0178]";

    private static readonly Encoding Windows1252 = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Repair(string text)
    {
        text = UnescapeAll(text);
        if (!NeedsRepair(text)) return text;

        text = Mojibake().Replace(text, match => Redecode(match.Value));
        text = TerminalEscape().Replace(text, "");
        var repaired = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) Append(repaired, rune);
        return Composition.Compose(repaired.ToString());
    }

    // Repeated, because "&amp;amp;" is common where captions went through two web forms; text with a "<" may be real HTML.
    private static string UnescapeAll(string text)
    {
        while (text.Contains('&') && !text.Contains('<'))
        {
            var next = HtmlEntities.Unescape(text, requireSemicolon: true);
            if (next == text) break;
            text = next;
        }
        return text;
    }

    private static bool NeedsRepair(string text)
    {
        foreach (char c in text)
        {
            if (c is not (>= ' ' and <= '~' or '\n' or '\t')) return true;
        }
        return false;
    }

    private static void Append(StringBuilder text, Rune rune)
    {
        switch (rune.Value)
        {
            case '\r' or 0x2028 or 0x2029: text.Append('\n'); break;
            case 0x2BC or (>= 0x2018 and <= 0x201B): text.Append('\''); break;
            case >= 0x201C and <= 0x201F: text.Append('"'); break;
            case 0x3000: text.Append(' '); break;
            case >= 0xFF01 and <= 0xFF5E: text.Append((char)(rune.Value - 0xFEE0)); break;
            case >= 0x80 and <= 0x9F: text.Append(Windows1252.GetString([(byte)rune.Value])); break;
            case < 9 or 0xB or (>= 0xE and < 0x20) or 0x7F or (>= 0x206A and <= 0x206F) or 0xFEFF or (>= 0xFFF9 and <= 0xFFFC): break;
            default: text.Append(Ligature(rune.Value) ?? rune.ToString()); break;
        }
    }

    private static string? Ligature(int character) => character switch
    {
        0x132 => "IJ", 0x133 => "ij", 0x149 => "\u02BCn",
        0x1F1 => "DZ", 0x1F2 => "Dz", 0x1F3 => "dz", 0x1C4 => "D\u017D", 0x1C5 => "D\u017E", 0x1C6 => "d\u017E",
        0x1C7 => "LJ", 0x1C8 => "Lj", 0x1C9 => "lj", 0x1CA => "NJ", 0x1CB => "Nj", 0x1CC => "nj",
        0xFB00 => "ff", 0xFB01 => "fi", 0xFB02 => "fl", 0xFB03 => "ffi", 0xFB04 => "ffl", 0xFB05 => "\u017Ft", 0xFB06 => "st",
        _ => null,
    };

    private static string Redecode(string suspect)
    {
        // Windows-1252 leaves five bytes undefined; text that was misread keeps them as C1 controls.
        var bytes = new byte[suspect.Length];
        for (int i = 0; i < suspect.Length; i++) bytes[i] = suspect[i] <= 0xFF ? (byte)suspect[i] : Windows1252.GetBytes(suspect, i, 1)[0];
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return suspect; // It only looked like UTF-8.
        }
    }

    // A UTF-8 lead byte and its continuation bytes, as Windows-1252 shows them. One quote or dash after a letter is more often just that.
    [GeneratedRegex("[\u00C2-\u00C5\u00CE-\u00D1](?![\u2013-\u201E])" + Continuation + "|[\u00E2\u00E3]" + Continuation + "{2}|\u00F0" + Continuation + "{3}")]
    private static partial Regex Mojibake();

    [GeneratedRegex(@"\x1B\[[0-9;]*[a-zA-Z]")]
    private static partial Regex TerminalEscape();
}
