using System.Security.Cryptography;

namespace Itra.Domain.Runs;

/// <summary>Names a run and its stream. Random rather than ordered, so that a few leading characters tell runs apart.</summary>
public static class RunId
{
    // Crockford's base 32, lower case: no i, l, o, u to misread.
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int Length = 10;

    public const string Prefix = "run-";

    public static string New() => Prefix + RandomNumberGenerator.GetString(Alphabet, Length);
}
