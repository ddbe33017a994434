using Itra.Tracking.Artifacts;

namespace Itra.Tracking.Retention;

/// <summary>Files of this machine that were to be sent and that nobody waits for: left by processes which died before they had recorded why.</summary>
internal sealed class SpoolSweep
{
    public static readonly SpoolSweep Nothing = new(new FolderArtifactStore("/"), [], default);

    private readonly FolderArtifactStore folder;
    private readonly IReadOnlyList<StoredBlob> files;
    private readonly DateTimeOffset unlessAfter;

    private SpoolSweep(FolderArtifactStore folder, IReadOnlyList<StoredBlob> files, DateTimeOffset unlessAfter) => (this.folder, this.files, this.unlessAfter) = (folder, files, unlessAfter);

    public int Count => files.Count(f => f.At <= unlessAfter);

    public int TooYoung => files.Count - Count;

    public long Bytes => files.Where(f => f.At <= unlessAfter).Sum(f => f.Bytes);

    /// <param name="path">The spool's folder.</param>
    /// <param name="isNeeded">Tells of a digest whether the file here is all that there is of something.</param>
    public static async Task<SpoolSweep> OfAsync(string path, Func<string, bool> isNeeded, DateTimeOffset unlessAfter, CancellationToken cancellation)
    {
        var folder = new FolderArtifactStore(path);
        List<StoredBlob> files = [];
        await foreach (var found in ((IBlobInventory)folder).ListAsync(cancellation))
            if (found.Kind == StoredKind.Draft || !isNeeded(found.Sha256)) files.Add(found);
        return new SpoolSweep(folder, files, unlessAfter);
    }

    /// <returns>What went: how many, and their bytes.</returns>
    public async Task<(int Count, long Bytes)> RunAsync(CancellationToken cancellation)
    {
        var (count, bytes) = (0, 0L);
        foreach (var file in files)
        {
            if (!await ((IBlobInventory)folder).RemoveAsync(file, unlessAfter, cancellation)) continue;
            if (file.Kind == StoredKind.Blob) BlobSpool.RemoveCuts(folder.Location, file.Sha256);
            (count, bytes) = (count + 1, bytes + file.Bytes);
        }
        return (count, bytes);
    }
}
