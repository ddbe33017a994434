using System.Text.RegularExpressions;

namespace Itra.Cli.Output;

/// <summary>SHA-256 and git's digests as people read them.</summary>
internal static partial class Digest
{
    private const int Shown = 12;

    /// <summary>A text with its digests cut to their beginnings.</summary>
    public static string Short(string text) => Long().Replace(text, m => m.Value[..Shown]);

    [GeneratedRegex(@"\b[0-9a-f]{40,64}\b")]
    private static partial Regex Long();
}
