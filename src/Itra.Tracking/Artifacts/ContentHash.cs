using System.Buffers;
using System.Security.Cryptography;
using Itra.Domain.Artifacts;

namespace Itra.Tracking.Artifacts;

/// <summary>Reads a stream once: its SHA-256, its length, and a copy of it where one is wanted.</summary>
internal static class ContentHash
{
    private const int BlockBytes = 1 << 20;

    /// <param name="copy">Where the bytes go as well; null to hash only.</param>
    public static async Task<Artifact> ReadAsync(Stream content, Stream? copy, CancellationToken cancellation) => await ReadAsync(content, copy, null, cancellation);

    /// <summary>Its MD5, too, which S3 servers compare what they receive with.</summary>
    public static async Task<(Artifact Artifact, byte[] Md5)> ReadWithMd5Async(Stream content, CancellationToken cancellation)
    {
        // Against transmission errors only; SHA-256 is what vouches for the content.
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var artifact = await ReadAsync(content, null, md5, cancellation);
        return (artifact, md5.GetHashAndReset());
    }

    /// <summary>Refuses what is no digest before it becomes part of a path.</summary>
    public static string Checked(string sha256) =>
        IsDigest(sha256) ? sha256 : throw new ArgumentException($"'{sha256}' is not a SHA-256 in lower-case hexadecimal", nameof(sha256));

    public static bool IsDigest(string text) => text is { Length: 64 } && text.All(char.IsAsciiHexDigitLower);

    private static async Task<Artifact> ReadAsync(Stream content, Stream? copy, IncrementalHash? second, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            var total = 0L;
            for (int read; (read = await content.ReadAsync(block.AsMemory(0, BlockBytes), cancellation)) > 0; total += read)
            {
                hash.AppendData(block, 0, read);
                second?.AppendData(block, 0, read);
                if (copy is not null) await copy.WriteAsync(block.AsMemory(0, read), cancellation);
            }
            return new Artifact(Convert.ToHexStringLower(hash.GetHashAndReset()), total);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }
}
