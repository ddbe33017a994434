using Itra.Domain;
using Itra.Domain.Artifacts;

namespace Itra.Tracking.Artifacts;

/// <summary>
/// Keeps files as parts: cut where they say that stretches recur, so that a part that many have in common is there once, and within those at
/// fixed distances, so that a large file which was interrupted goes on where it was. A file is still known by the digest of all of it,
/// which is checked whenever it is put together again.
/// </summary>
internal sealed class PartedArtifactStore : IArtifactStore, IDisposable
{
    /// <summary>The most that is sent, and sent again, in one piece.</summary>
    public const long LargestPart = 64 << 20;

    // Parts vanish under a writer only if somebody cleans up at the same moment; twice in a row they do not.
    private const int Attempts = 3;

    private readonly IArtifactStore blobs;
    private readonly IPartNotes notes;
    private readonly IBlobInventory inventory;
    private readonly long largestPart;

    private PartedArtifactStore(IArtifactStore blobs, IPartNotes notes, IBlobInventory inventory, long largestPart) =>
        (this.blobs, this.notes, this.inventory, this.largestPart) = (blobs, notes, inventory, largestPart);

    public string Location => blobs.Location;

    /// <summary>How long its server has been silent while something is asked of it.</summary>
    public TimeSpan Silence => (blobs as MinioArtifactStore)?.Silence ?? TimeSpan.Zero;

    /// <summary>Blobs and notes as they lie.</summary>
    public IBlobInventory Inventory => inventory;

    public static PartedArtifactStore Over<T>(T store, long largestPart = LargestPart)
        where T : IArtifactStore, IPartNotes, IBlobInventory => new(store, store, store, largestPart);

    /// <summary>Where files end up that are put into a store of this program.</summary>
    public static PartedArtifactStore Of(IArtifactStore store) => store switch
    {
        PartedArtifactStore parted => parted,
        BlobSpool { Store: PartedArtifactStore parted } => parted,
        _ => throw new ArgumentException($"{store.Location} keeps no parts", nameof(store)),
    };

    public Task<Artifact> PutAsync(Stream content, CancellationToken cancellation) => PutAsync(content, [], cancellation);

    public Task<Artifact> PutAsync(Stream content, IReadOnlyList<long> cuts, CancellationToken cancellation) => PutAsync(content, cuts, null, cancellation);

    /// <param name="sent">Told how many bytes the store has so far.</param>
    public async Task<Artifact> PutAsync(Stream content, IReadOnlyList<long> cuts, Action<long>? sent, CancellationToken cancellation)
    {
        var (start, length) = (content.Position, content.Length - content.Position);
        if (cuts.Count == 0 && length <= largestPart) return await blobs.PutAsync(content, cancellation);
        if (Stretches(cuts, length) is not { } stretches) throw new ArgumentException($"the cuts are not ascending places within {length} bytes", nameof(cuts));

        var whole = await ContentHash.ReadAsync(content, null, cancellation);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            List<string> parts = [];
            foreach (var (from, to) in stretches)
            {
                using var part = new Stretch(content, start + from, to - from);
                parts.Add((await blobs.PutAsync(part, cancellation)).Sha256);
                sent?.Invoke(to);
            }
            // Parts first, note second: no note ever points at nothing.
            await notes.WriteAsync(whole.Sha256, PartNote.Write(parts), cancellation);
            if (await AreThereAsync(parts, cancellation)) return whole;
        }
        throw new UserErrorException($"parts of {whole.Sha256} vanish from {Location} as they are written: see who deletes there");
    }

    public async Task<Stream> OpenAsync(string sha256, CancellationToken cancellation)
    {
        if (await PartsAsync(sha256, cancellation) is not { } parts) return await blobs.OpenAsync(sha256, cancellation);
        var whole = TemporaryFile.Create();
        try
        {
            foreach (var name in parts)
            {
                await using var part = await blobs.OpenAsync(name, cancellation);
                await part.CopyToAsync(whole, cancellation);
            }
            whole.Position = 0;
            var found = await ContentHash.ReadAsync(whole, null, cancellation);
            if (found.Sha256 != sha256) throw new ArtifactDamagedException(sha256, Location, found.Bytes);
            whole.Position = 0;
            return whole;
        }
        catch
        {
            await whole.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether the whole file is there: not its note alone, which an interrupted deletion leaves until last.</summary>
    public async Task<bool> ExistsAsync(string sha256, CancellationToken cancellation) =>
        await blobs.ExistsAsync(sha256, cancellation) || (await PartsAsync(sha256, cancellation) is { } parts && await AreThereAsync(parts, cancellation));

    /// <summary>The blobs that a file is made of; null if it has no note.</summary>
    public async Task<IReadOnlyList<string>?> PartsAsync(string sha256, CancellationToken cancellation) =>
        await notes.ReadAsync(sha256, cancellation) is { } note ? PartNote.Read(note) : null;

    public void Dispose() => (blobs as IDisposable)?.Dispose();

    private async Task<bool> AreThereAsync(IReadOnlyList<string> parts, CancellationToken cancellation)
    {
        foreach (var part in parts.Distinct())
            if (!await blobs.ExistsAsync(part, cancellation)) return false;
        return true;
    }

    /// <summary>From where to where each part goes; null if the cuts part nothing.</summary>
    private List<(long From, long To)>? Stretches(IReadOnlyList<long> cuts, long length)
    {
        List<(long, long)> stretches = [];
        var from = 0L;
        foreach (var cut in cuts.Append(length))
        {
            if (cut <= from) return null;
            for (; cut - from > largestPart; from += largestPart) stretches.Add((from, from + largestPart));
            stretches.Add((from, cut));
            from = cut;
        }
        return stretches;
    }
}
