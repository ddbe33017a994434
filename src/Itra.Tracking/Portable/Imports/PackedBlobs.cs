using Itra.Domain.Artifacts;
using Itra.Tracking.Artifacts;

namespace Itra.Tracking.Portable.Imports;

/// <summary>What became of the files that a run refers to.</summary>
/// <param name="Stored">Now in the artifact store, and not before.</param>
/// <param name="Missing">Neither in the package nor in the store.</param>
internal sealed record BlobCount(int Stored, IReadOnlyList<string> Missing);

/// <summary>Stores the files in a package that its run refers to, each if it is what its digest says.</summary>
internal sealed class PackedBlobs(PackedRun packed, IArtifactStore artifacts, IProgress<(long Done, long Total)>? progress)
{
    /// <exception cref="FormatException">A file is damaged, or belongs to nothing.</exception>
    public async Task<BlobCount> StoreAsync(IReadOnlyDictionary<string, Artifact> named, CancellationToken cancellation)
    {
        if (packed.Blobs.Keys.FirstOrDefault(b => !named.ContainsKey(b)) is { } stranger) throw new FormatException($"no event refers to its stored file '{stranger}'");
        var (stored, missing, done, total) = (0, new List<string>(), 0L, packed.Blobs.Keys.Sum(b => named[b].Bytes));
        foreach (var artifact in named.Values)
        {
            var isHere = await artifacts.ExistsAsync(artifact.Sha256, cancellation);
            if (!packed.Blobs.TryGetValue(artifact.Sha256, out var open))
            {
                if (!isHere) missing.Add(artifact.Sha256);
                continue;
            }
            await using var copy = isHere ? null : TemporaryFile.Create();
            await CheckAsync(open, artifact, copy, cancellation);
            if (copy is not null)
            {
                copy.Position = 0;
                await artifacts.PutAsync(copy, cancellation);
                stored++;
            }
            // No log will send it later, and the events that name it come next.
            if (artifacts is BlobSpool spool) await spool.SendAsync(artifact, cancellation);
            progress?.Report((done += artifact.Bytes, total));
        }
        return new BlobCount(stored, missing);
    }

    private static async Task CheckAsync(Func<Stream> open, Artifact artifact, FileStream? copy, CancellationToken cancellation)
    {
        await using var content = open();
        // One byte more than was promised is enough to know, however many a small package unfolds to.
        await using var bounded = new BoundedStream(content, artifact.Bytes + 1);
        var found = await ContentHash.ReadAsync(bounded, copy, cancellation);
        if (found != artifact) throw new FormatException($"its stored file {artifact.Sha256} is damaged: {found.Bytes} bytes of another digest, where {artifact.Bytes} were recorded");
    }
}
