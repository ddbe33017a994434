using System.Security.Cryptography;

namespace Itra.Cli.Sweeps;

/// <summary>What is in the files that trials start from, each read once.</summary>
internal sealed class StartingFiles
{
    private readonly Dictionary<string, string?> digests = [];

    /// <returns>SHA-256 in lower-case hexadecimal; null if there is no such file.</returns>
    public string? Digest(string path)
    {
        if (digests.TryGetValue(path, out var known)) return known;
        if (!File.Exists(path)) return digests[path] = null;
        using var file = File.OpenRead(path);
        return digests[path] = Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
