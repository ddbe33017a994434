namespace Itra.Tracking.Artifacts;

/// <summary>Notes beside a store's blobs, under the same kind of key: which blobs, one after another, are a larger one.</summary>
internal interface IPartNotes
{
    const string Extension = ".parts";

    /// <summary>Appears whole or not at all.</summary>
    Task WriteAsync(string sha256, byte[] note, CancellationToken cancellation);

    /// <returns>Null if there is none.</returns>
    Task<byte[]?> ReadAsync(string sha256, CancellationToken cancellation);
}
