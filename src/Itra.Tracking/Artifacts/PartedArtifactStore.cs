using System.Text;
using Itra.Domain.Artifacts;

namespace Itra.Tracking.Artifacts;

/// <summary>
/// Keeps files that come with cuts as parts, so that a part that many have in common is there once. A file is still known by the
/// digest of all of it, which is checked whenever it is put together again.
/// </summary>
internal sealed class PartedArtifactStore : IArtifactStore, IDisposable
{
    private readonly IArtifactStore blobs;
    private readonly IPartNotes notes;

    private PartedArtifactStore(IArtifactStore blobs, IPartNotes notes) => (this.blobs, this.notes) = (blobs, notes);

    public string Location => blobs.Location;

    public static PartedArtifactStore Over<T>(T store) where T : IArtifactStore, IPartNotes => new(store, store);

    public Task<Artifact> PutAsync(Stream content, CancellationToken cancellation) => blobs.PutAsync(content, cancellation);

    public async Task<Artifact> PutAsync(Stream content, IReadOnlyList<long> cuts, CancellationToken cancellation)
    {
        if (cuts.Count == 0) return await blobs.PutAsync(content, cancellation);
        var (start, length) = (content.Position, content.Length - content.Position);
        long[] ends = [.. cuts, length];
        if (ends.Zip(ends.Skip(1)).Any(e => e.First >= e.Second) || cuts[0] <= 0) throw new ArgumentException($"the cuts are not ascending places within {length} bytes", nameof(cuts));

        var whole = await ContentHash.ReadAsync(content, null, cancellation);
        var note = new StringBuilder();
        foreach (var (from, to) in ends.Prepend(0).Zip(ends))
        {
            using var part = new Stretch(content, start + from, to - from);
            var artifact = await ContentHash.ReadAsync(part, null, cancellation);
            part.Position = 0;
            if (!await blobs.ExistsAsync(artifact.Sha256, cancellation)) await blobs.PutAsync(part, cancellation);
            note.Append(artifact.Sha256).Append('\n');
        }
        // Parts first, note second: no note ever points at nothing.
        await notes.WriteAsync(whole.Sha256, Encoding.ASCII.GetBytes(note.ToString()), cancellation);
        return whole;
    }

    public async Task<Stream> OpenAsync(string sha256, CancellationToken cancellation)
    {
        if (await notes.ReadAsync(sha256, cancellation) is not { } note) return await blobs.OpenAsync(sha256, cancellation);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous };
        var whole = new FileStream(Path.Combine(Path.GetTempPath(), "itra-" + Path.GetRandomFileName()), options);
        try
        {
            foreach (var name in Encoding.ASCII.GetString(note).Split('\n', StringSplitOptions.RemoveEmptyEntries))
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

    public async Task<bool> ExistsAsync(string sha256, CancellationToken cancellation) =>
        await blobs.ExistsAsync(sha256, cancellation) || await notes.ReadAsync(sha256, cancellation) is not null;

    public void Dispose() => (blobs as IDisposable)?.Dispose();
}
