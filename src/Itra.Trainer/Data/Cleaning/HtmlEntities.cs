using System.Collections.Frozen;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Itra.Trainer.Data.Cleaning;

/// <summary>HTML character references as a browser reads them: a few old names need no semicolon ("&amp;copy2020").</summary>
internal static partial class HtmlEntities
{
    // The HTML 4 Latin-1 names, which the standard keeps valid without a semicolon.
    private const string NamesWithoutSemicolon =
        "amp lt gt quot AMP LT GT QUOT COPY REG nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg " +
        "plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml " +
        "Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash " +
        "Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml " +
        "igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

    private static readonly FrozenDictionary<string, string> Old =
        NamesWithoutSemicolon.Split(' ').ToFrozenDictionary(name => name, name => Named(name is "COPY" or "REG" or "AMP" or "LT" or "GT" or "QUOT" ? name.ToLowerInvariant() : name)!);

    private static readonly Encoding Windows1252 = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

    /// <param name="text">Any text.</param>
    /// <param name="requireSemicolon">Leave references without a semicolon alone.</param>
    public static string Unescape(string text, bool requireSemicolon = false) =>
        !text.Contains('&') ? text : Reference().Replace(text, match =>
            requireSemicolon && !match.Value.EndsWith(';') ? match.Value : Resolve(match.Groups[1].Value) ?? match.Value);

    private static string? Resolve(string reference)
    {
        if (reference[0] == '#') return Numeric(reference.TrimEnd(';'));
        if (reference.EndsWith(';') && Named(reference[..^1]) is { } named) return named;
        for (int length = reference.Length; length > 1; length--)
        {
            if (Old.TryGetValue(reference[..length], out var old)) return old + reference[length..];
        }
        return null;
    }

    private static string? Named(string name)
    {
        var reference = $"&{name};";
        var decoded = WebUtility.HtmlDecode(reference);
        return decoded == reference ? null : decoded;
    }

    private static string Numeric(string reference)
    {
        bool hex = reference[1] is 'x' or 'X';
        long code = 0;
        foreach (char digit in reference.AsSpan(hex ? 2 : 1))
            code = Math.Min(code * (hex ? 16 : 10) + Convert.ToInt32(digit.ToString(), 16), 0x110000);

        return code switch
        {
            0 or > 0x10FFFF or (>= 0xD800 and <= 0xDFFF) => "\uFFFD",
            >= 0x80 and <= 0x9F => Windows1252.GetString([(byte)code]),
            < 0x20 and not ('\t' or '\n' or '\f' or '\r') => "",
            0x7F or 0xB => "",
            _ => char.ConvertFromUtf32((int)code),
        };
    }

    [GeneratedRegex(@"&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)")]
    private static partial Regex Reference();
}
