using System.Text;

namespace Itra.Tracking.Artifacts;

/// <summary>The digests of a file's parts, in order, one a line.</summary>
internal static class PartNote
{
    public static byte[] Write(IEnumerable<string> parts) => Encoding.ASCII.GetBytes(string.Concat(parts.Select(p => p + '\n')));

    public static IReadOnlyList<string> Read(byte[] note) => Encoding.ASCII.GetString(note).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
