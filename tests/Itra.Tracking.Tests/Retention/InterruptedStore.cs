using Itra.Domain.Artifacts;
using Itra.Tracking.Artifacts;

namespace Itra.Tracking.Tests.Retention;

/// <summary>A folder whose process dies in the middle of so many removals.</summary>
internal sealed class InterruptedStore(FolderArtifactStore folder, int removals) : IArtifactStore, IPartNotes, IBlobInventory
{
    private int left = removals;

    public string Location => folder.Location;

    public Task<Artifact> PutAsync(Stream content, CancellationToken cancellation) => folder.PutAsync(content, cancellation);

    public Task<Stream> OpenAsync(string sha256, CancellationToken cancellation) => folder.OpenAsync(sha256, cancellation);

    public Task<bool> ExistsAsync(string sha256, CancellationToken cancellation) => folder.ExistsAsync(sha256, cancellation);

    public Task WriteAsync(string sha256, byte[] note, CancellationToken cancellation) => ((IPartNotes)folder).WriteAsync(sha256, note, cancellation);

    public Task<byte[]?> ReadAsync(string sha256, CancellationToken cancellation) => ((IPartNotes)folder).ReadAsync(sha256, cancellation);

    public Task<bool> ReuseAsync(string sha256, long bytes, byte[] md5, CancellationToken cancellation) => ((IBlobInventory)folder).ReuseAsync(sha256, bytes, md5, cancellation);

    public IAsyncEnumerable<StoredBlob> ListAsync(CancellationToken cancellation) => ((IBlobInventory)folder).ListAsync(cancellation);

    public Task<bool> RemoveAsync(StoredBlob blob, DateTimeOffset unlessAfter, CancellationToken cancellation) =>
        left-- > 0 ? ((IBlobInventory)folder).RemoveAsync(blob, unlessAfter, cancellation) : throw new TimeoutException("killed");
}
