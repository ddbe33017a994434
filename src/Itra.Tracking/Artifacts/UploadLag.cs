using Itra.Domain.Artifacts;
using Itra.Tracking.Retention;

namespace Itra.Tracking.Artifacts;

/// <summary>How far the artifact store is behind what was saved.</summary>
/// <param name="Files">Waiting on this machine.</param>
/// <param name="Bytes">Of all of them.</param>
/// <param name="Sent">Of the file that is on its way, bytes that the store has.</param>
/// <param name="Of">Bytes of that file; 0 if none is on its way.</param>
public sealed record UploadLag(int Files, long Bytes, long Sent, long Of)
{
    /// <summary>How long the server has not said a word.</summary>
    public TimeSpan For { get; init; }

    /// <summary>In one line, or null if it answers. What it answers with is told with the lag of the events that wait for the file.</summary>
    public string? Why { get; init; }
}

/// <summary>What is on its way to the artifact store, for whoever shows it.</summary>
/// <param name="marks">Whose files are where they go; null if nobody asks.</param>
public sealed class Uploads(IArtifactStore store, BucketMarks? marks = null)
{
    /// <summary>What whoever records should be told about the place where files go, in one line; null for nothing.</summary>
    public string? Warning => marks?.Warning;

    /// <summary>Null where files are in the store as soon as they are put.</summary>
    public UploadLag? Lag => (store as BlobSpool)?.Lag;
}
