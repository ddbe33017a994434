using System.Security.Cryptography;
using System.Text;
using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Domain.Training;
using Itra.Trainer.Data.Classification;

namespace Itra.Trainer.Data;

/// <summary>What a data set holds.</summary>
/// <param name="Files">One by one, so that it can be said later which of them changed.</param>
internal sealed record FingerprintedSet(DatasetFingerprint Fingerprint, FileListing Files);

/// <summary>Says what a data set holds, so that two runs on "the same" data can be told apart.</summary>
internal static class Fingerprints
{
    /// <summary>Digest over name, size and content of every image, and over its captions, in order.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="cacheDirectory">Where digests of files are remembered.</param>
    /// <param name="skipBroken">Count missing files as missing instead of failing.</param>
    /// <param name="cancellation">Stops the reading, which takes minutes for a large set that is new.</param>
    /// <exception cref="UserErrorException">Image files are missing; says how many and names the first.</exception>
    public static FingerprintedSet Of(CaptionSet set, string cacheDirectory, bool skipBroken = false, CancellationToken cancellation = default)
    {
        string[] paths = [.. set.Items.Select(i => i.ImagePath).Distinct()];
        var digests = new ImageDigests(cacheDirectory).Of(paths, cancellation);
        var missing = paths.Where((_, i) => digests[i] is null).ToArray();
        if (missing.Length > 0 && !skipBroken)
            throw new UserErrorException($"{set.Name}: {missing.Length} of {paths.Length} images are missing, the first is {missing[0]}{Why(missing[0])}: complete the data set, or pass --skip-broken to leave such samples out");

        var byPath = paths.Zip(digests).ToDictionary(p => p.First, p => p.Second);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var item in set.Items)
        {
            var digest = byPath[item.ImagePath];
            sha.AppendData(Encoding.UTF8.GetBytes($"{item.Name}\t{digest?.Size}\t{digest?.Sha256 ?? "missing"}\n"));
            foreach (var caption in item.Captions) sha.AppendData(Encoding.UTF8.GetBytes($"\t{caption}\n"));
        }
        var fingerprint = new DatasetFingerprint(set.Name, set.Items.Count, set.Items.Sum(i => i.Captions.Count), digests.Sum(d => d?.Size ?? 0), Convert.ToHexStringLower(sha.GetHashAndReset()));
        return new FingerprintedSet(fingerprint, new FileListing([.. set.Items.DistinctBy(i => i.ImagePath).Select(i => Listed(i.Name, byPath[i.ImagePath]))]));
    }

    /// <summary>Digest over name, size and content of every file, and over the classes and templates, in order.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="cacheDirectory">Where digests of files are remembered.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public static FingerprintedSet Of(ClassificationSet set, string cacheDirectory, CancellationToken cancellation = default)
    {
        var digests = new ImageDigests(cacheDirectory).Of([.. set.Files.Select(f => f.Path)], cancellation);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (file, digest) in set.Files.Zip(digests))
            sha.AppendData(Encoding.UTF8.GetBytes($"{file.Name}\t{digest?.Size}\t{digest?.Sha256 ?? throw new UserErrorException($"{file.Path} has vanished: put it back")}\n"));
        foreach (var text in set.Prompts.Names.Concat(set.Prompts.Templates)) sha.AppendData(Encoding.UTF8.GetBytes($"\t{text}\n"));
        var fingerprint = new DatasetFingerprint(set.Name, set.Images.Count, set.Classes * set.Prompts.Templates.Count, digests.Sum(d => d?.Size ?? 0), Convert.ToHexStringLower(sha.GetHashAndReset()));
        return new FingerprintedSet(fingerprint, new FileListing([.. set.Files.Zip(digests, (file, digest) => Listed(file.Name, digest))]));
    }

    /// <summary>SHA-256 over texts in their order.</summary>
    public static string OfTexts(IEnumerable<string> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var text in texts) hash.AppendData(Encoding.UTF8.GetBytes(text + '\0'));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Why(string path) => RegularFile.Objection(path) is { } objection ? $" ({objection})" : "";

    private static ListedFile Listed(string name, ImageDigests.Digest? digest) => new(name, digest is { } d ? new Artifact(d.Sha256, d.Size) : null);
}
