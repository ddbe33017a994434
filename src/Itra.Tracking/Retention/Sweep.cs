using Itra.Tracking.Artifacts;

namespace Itra.Tracking.Retention;

/// <summary>What of a store nothing needs any more.</summary>
internal sealed class Sweep
{
    private readonly List<(IReadOnlyList<StoredBlob> Blobs, StoredBlob? Note)> files = [];
    private readonly DateTimeOffset unlessAfter;

    private Sweep(DateTimeOffset unlessAfter) => this.unlessAfter = unlessAfter;

    /// <summary>What goes, each once, by key.</summary>
    public IReadOnlyDictionary<string, StoredBlob> Going => All.Where(b => b.At <= unlessAfter).DistinctBy(b => b.Key).ToDictionary(b => b.Key);

    /// <summary>What would go, and was written or reused too recently.</summary>
    public IReadOnlyList<StoredBlob> TooYoung => [.. All.Where(b => b.At > unlessAfter).DistinctBy(b => b.Key)];

    private IEnumerable<StoredBlob> All => files.SelectMany(f => f.Note is { } note ? f.Blobs.Append(note) : f.Blobs);

    /// <param name="dead">Files that were given up.</param>
    /// <param name="live">Files that something needs.</param>
    /// <param name="orphans">Also what no event has ever named.</param>
    /// <param name="unlessAfter">What was written or reused later stays.</param>
    public static Sweep Of(StoreContents contents, IEnumerable<string> dead, IReadOnlySet<string> live, bool orphans, DateTimeOffset unlessAfter)
    {
        var sweep = new Sweep(unlessAfter);
        var held = contents.KeysOf(live);
        var orphaned = orphans ? contents.All.Where(b => b.Kind == StoredKind.Note).Select(b => b.Sha256) : [];
        foreach (var file in dead.Concat(orphaned).Distinct().Where(f => !live.Contains(f)))
            sweep.files.Add(([.. contents.BlobsOf(file).Where(b => !held.Contains(b.Key))], contents.NoteOf(file)));
        if (orphans) sweep.files.AddRange(contents.All.Where(b => b.Kind != StoredKind.Note && !held.Contains(b.Key)).Select(b => ((IReadOnlyList<StoredBlob>)[b], (StoredBlob?)null)));
        return sweep;
    }

    /// <summary>Parts first, the note that names them last: whoever is interrupted finds the rest again.</summary>
    /// <returns>What went, and was there: keys and bytes.</returns>
    public async Task<(int Count, long Bytes)> RunAsync(IBlobInventory inventory, IProgress<long>? progress, CancellationToken cancellation)
    {
        Dictionary<string, long> gone = [];
        foreach (var (blobs, note) in files)
        {
            var isEmpty = true;
            foreach (var blob in note is null ? blobs : blobs.Append(note))
            {
                cancellation.ThrowIfCancellationRequested();
                if (blob.Kind == StoredKind.Note && !isEmpty) continue;
                if (await inventory.RemoveAsync(blob, unlessAfter, cancellation)) gone[blob.Key] = blob.Bytes;
                else isEmpty = false;
                progress?.Report(gone.Values.Sum());
            }
        }
        return (gone.Count, gone.Values.Sum());
    }
}
