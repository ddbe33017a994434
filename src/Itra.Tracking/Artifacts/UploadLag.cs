namespace Itra.Tracking.Artifacts;

/// <summary>How far the artifact store is behind what was saved.</summary>
/// <param name="Files">Waiting on this machine.</param>
/// <param name="Bytes">Of all of them.</param>
/// <param name="Sent">Of the file that is on its way, bytes that the store has.</param>
/// <param name="Of">Bytes of that file; 0 if none is on its way.</param>
public sealed record UploadLag(int Files, long Bytes, long Sent, long Of);
