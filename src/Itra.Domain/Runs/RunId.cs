using System.Security.Cryptography;

namespace Itra.Domain.Runs;

/// <summary>Names a run and its stream. Random rather than ordered, so that a few leading characters tell runs apart.</summary>
public static class RunId
{
    // Crockford's base 32, lower case: no i, l, o, u to misread.
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int Length = 10;

    public const string Prefix = "run-";

    /// <summary>Characters of the longest id that is believed.</summary>
    public const int Longest = 64;

    public static string New() => Prefix + RandomNumberGenerator.GetString(Alphabet, Length);

    /// <summary>Whether a text that somebody wrote can be the id of a run, of this or of an earlier form.</summary>
    public static bool IsPossible(string id) =>
        id.Length is > 4 and <= Longest && id.StartsWith(Prefix, StringComparison.Ordinal) && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
