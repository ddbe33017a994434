using System.Globalization;
using System.Security.Cryptography;

namespace Itra.Trainer.Data;

/// <summary>
/// SHA-256 of files, remembered by (path, size, time of last change) in a text file, so that a data set of many gigabytes is read
/// through only once. The file is a cache: it may be deleted at any time, and a line that does not parse is not used.
/// </summary>
internal sealed class ImageDigests
{
    internal readonly record struct Digest(long Size, long Changed, string Sha256);

    private readonly string cachePath;
    private readonly Dictionary<string, Digest> known = [];

    public ImageDigests(string cacheDirectory)
    {
        Directory.CreateDirectory(cacheDirectory);
        cachePath = Path.Combine(cacheDirectory, "image-digests.tsv");
        if (!File.Exists(cachePath)) return;
        foreach (var line in File.ReadLines(cachePath))
        {
            if (line.Split('\t') is [var size, var changed, { Length: 64 } sha256, var path]
                && long.TryParse(size, CultureInfo.InvariantCulture, out long bytes) && long.TryParse(changed, CultureInfo.InvariantCulture, out long ticks))
                known[path] = new Digest(bytes, ticks, sha256);
        }
    }

    /// <summary>Digests of the files that exist, in the order of the paths; null for each that does not, or is no file.</summary>
    public Digest?[] Of(IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        var digests = new Digest?[paths.Count];
        Parallel.For(0, paths.Count, new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount },
            i => digests[i] = Of(Path.GetFullPath(paths[i])));

        bool changed = false;
        for (int i = 0; i < paths.Count; i++)
        {
            var path = Path.GetFullPath(paths[i]);
            if (digests[i] is not { } digest || (known.TryGetValue(path, out var old) && old == digest)) continue;
            known[path] = digest;
            changed = true;
        }
        if (changed) Save();
        return digests;
    }

    private Digest? Of(string path)
    {
        if (RegularFile.Objection(path) is not null) return null;
        var file = new FileInfo(path);
        // A link has a size and a time of its own, which stay when the file behind it changes.
        if (file.LinkTarget is not null) file = (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
        if (!file.Exists) return null;
        var (size, changed) = (file.Length, file.LastWriteTimeUtc.Ticks);
        if (known.TryGetValue(path, out var digest) && (digest.Size, digest.Changed) == (size, changed)) return digest;

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        return new Digest(size, changed, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }

    // Beside the old file first: a reader never sees half of one, and of two writers the later wins.
    private void Save()
    {
        var scratch = $"{cachePath}.{Environment.ProcessId}";
        File.WriteAllLines(scratch, known.Where(k => !k.Key.AsSpan().ContainsAny('\t', '\n')).Select(k => $"{k.Value.Size}\t{k.Value.Changed}\t{k.Value.Sha256}\t{k.Key}"));
        File.Move(scratch, cachePath, overwrite: true);
    }
}
