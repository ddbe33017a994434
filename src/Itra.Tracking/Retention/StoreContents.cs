using System.Collections.Concurrent;
using Itra.Tracking.Artifacts;

namespace Itra.Tracking.Retention;

/// <summary>What is in an artifact store at one time: blobs, and which of them are which file.</summary>
internal sealed class StoreContents
{
    // Each note is a question to the server.
    private const int AtOnce = 8;

    private readonly Dictionary<string, StoredBlob> blobs = [], notes = [];
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> parts = [];
    private readonly List<StoredBlob> drafts = [];

    private Dictionary<string, int>? users;

    private StoreContents()
    {
    }

    public IEnumerable<StoredBlob> All => blobs.Values.Concat(notes.Values).Concat(drafts);

    /// <param name="expected">Files that are asked for by name if the list lacks them: some servers list late what they have.</param>
    public static async Task<StoreContents> ReadAsync(PartedArtifactStore store, IReadOnlySet<string> expected, CancellationToken cancellation)
    {
        var contents = new StoreContents();
        await foreach (var found in store.Inventory.ListAsync(cancellation))
        {
            if (found.Kind == StoredKind.Draft) contents.drafts.Add(found);
            else (found.Kind == StoredKind.Note ? contents.notes : contents.blobs)[found.Sha256] = found;
        }
        await Parallel.ForEachAsync(contents.notes.Keys.Concat(expected.Where(sha256 => !contents.blobs.ContainsKey(sha256) && !contents.notes.ContainsKey(sha256))).ToList(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (sha256, stop) =>
        {
            if (await store.PartsAsync(sha256, stop) is { } names) contents.parts[sha256] = names;
        });
        return contents;
    }

    /// <summary>Whether a file is there whole.</summary>
    public bool Holds(string sha256) => blobs.ContainsKey(sha256) || (parts.TryGetValue(sha256, out var names) && names.All(blobs.ContainsKey));

    /// <summary>The blobs in which a file's bytes are, each once.</summary>
    public IEnumerable<StoredBlob> BlobsOf(string sha256) =>
        (parts.TryGetValue(sha256, out var names) ? names.Append(sha256) : [sha256]).Distinct().Where(blobs.ContainsKey).Select(name => blobs[name]);

    /// <summary>Bytes of a file that no other file has a part in.</summary>
    public long OwnBytesOf(string sha256) => BlobsOf(sha256).Where(b => UsersOf(b.Sha256) <= (parts.ContainsKey(sha256) && b.Sha256 != sha256 ? 1 : 0)).Sum(b => b.Bytes);

    public StoredBlob? NoteOf(string sha256) => notes.GetValueOrDefault(sha256);

    /// <summary>Keys of all that files take.</summary>
    public IReadOnlySet<string> KeysOf(IEnumerable<string> files)
    {
        HashSet<string> keys = [];
        foreach (var file in files)
        {
            foreach (var blob in BlobsOf(file)) keys.Add(blob.Key);
            if (NoteOf(file) is { } note) keys.Add(note.Key);
        }
        return keys;
    }

    /// <summary>How many files with a note have a blob as their part.</summary>
    private int UsersOf(string blob)
    {
        users ??= parts.Values.SelectMany(names => names.Distinct()).GroupBy(name => name).ToDictionary(g => g.Key, g => g.Count());
        return users.GetValueOrDefault(blob);
    }
}
