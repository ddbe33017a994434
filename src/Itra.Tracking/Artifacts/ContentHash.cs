using System.Buffers;
using System.Security.Cryptography;
using Itra.Domain.Artifacts;

namespace Itra.Tracking.Artifacts;

/// <summary>Reads a stream once: its SHA-256, its length, and a copy of it where one is wanted.</summary>
internal static class ContentHash
{
    private const int BlockBytes = 1 << 20;

    /// <param name="copy">Where the bytes go as well; null to hash only.</param>
    public static async Task<Artifact> ReadAsync(Stream content, Stream? copy, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            var total = 0L;
            for (int read; (read = await content.ReadAsync(block, cancellation)) > 0; total += read)
            {
                hash.AppendData(block, 0, read);
                if (copy is not null) await copy.WriteAsync(block.AsMemory(0, read), cancellation);
            }
            return new Artifact(Convert.ToHexStringLower(hash.GetHashAndReset()), total);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>Refuses what is no digest before it becomes part of a path.</summary>
    public static string Checked(string sha256) =>
        sha256 is { Length: 64 } && sha256.All(char.IsAsciiHexDigitLower) ? sha256
        : throw new ArgumentException($"'{sha256}' is not a SHA-256 in lower-case hexadecimal", nameof(sha256));
}
