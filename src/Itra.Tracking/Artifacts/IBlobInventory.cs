namespace Itra.Tracking.Artifacts;

internal enum StoredKind
{
    /// <summary>A file, or a part of one.</summary>
    Blob,

    /// <summary>Which blobs, one after another, are a file.</summary>
    Note,

    /// <summary>What a writer was interrupted in.</summary>
    Draft,
}

/// <param name="Key">Where it is, as the store has it.</param>
/// <param name="Sha256">Digest of the file that it is or describes; empty for a draft.</param>
/// <param name="At">When it was written, or last found to be just what somebody wanted to write.</param>
internal sealed record StoredBlob(string Key, StoredKind Kind, string Sha256, long Bytes, DateTimeOffset At);

/// <summary>What a store holds, for whoever decides what may go.</summary>
internal interface IBlobInventory
{
    /// <summary>Whether a blob is there already, whole; if so, it counts as written now.</summary>
    /// <param name="md5">Of its bytes, as servers tell it.</param>
    Task<bool> ReuseAsync(string sha256, long bytes, byte[] md5, CancellationToken cancellation);

    IAsyncEnumerable<StoredBlob> ListAsync(CancellationToken cancellation);

    /// <summary>Takes away what has not been written or reused since a time.</summary>
    /// <returns>False if it has been, and stays; true if it is gone, whoever took it.</returns>
    Task<bool> RemoveAsync(StoredBlob blob, DateTimeOffset unlessAfter, CancellationToken cancellation);
}
