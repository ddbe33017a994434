using System.Text;

namespace Itra.Cli.Training;

/// <summary>Takes secrets out of a patch, line by line. What it says of binary files is packed and not looked into.</summary>
internal static class PatchRedaction
{
    private const string File = "diff --git ", Binary = "GIT binary patch";
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <returns>The patch without secrets, and in how many of its lines there were any: those do not apply any more.</returns>
    public static (byte[] Patch, int Masked) Apply(byte[] patch, Redaction redaction)
    {
        using var kept = new MemoryStream(patch.Length);
        var (masked, isBinary) = (0, false);
        for (var rest = patch.AsSpan(); rest.Length > 0;)
        {
            var end = rest.IndexOf((byte)'\n') is var at and >= 0 ? at + 1 : rest.Length;
            var encoding = EncodingOf(rest[..end]);
            var line = encoding.GetString(rest[..end]);
            rest = rest[end..];
            if (line.StartsWith(File, StringComparison.Ordinal)) isBinary = false;
            if (line.StartsWith(Binary, StringComparison.Ordinal)) isBinary = true;
            var clean = isBinary ? line : redaction.Text(line);
            if (clean != line) masked++;
            kept.Write(encoding.GetBytes(clean));
        }
        return (kept.ToArray(), masked);
    }

    // A text file in another encoding: any byte is a character of Latin-1, so that nothing is lost on the way.
    private static Encoding EncodingOf(ReadOnlySpan<byte> line)
    {
        try
        {
            Strict.GetCharCount(line);
            return Strict;
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1;
        }
    }
}
