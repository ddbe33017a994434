namespace Itra.Tracking.Portable;

/// <summary>What a run can be written as.</summary>
public enum ExportFormat
{
    /// <summary>All of it, line by line; can be imported.</summary>
    Jsonl,

    /// <summary>A research object: all of it and a description that other programs understand; can be imported.</summary>
    RoCrate,

    /// <summary>Where its results come from, as W3C PROV-JSON.</summary>
    Prov,

    /// <summary>Its numbers, one per line.</summary>
    Csv,
}

/// <param name="Target">File to write; a folder if it ends with a slash, which only a crate may.</param>
/// <param name="WithBlobs">Pack the stored files that the run refers to, as well.</param>
/// <param name="Overwrite">Replace what is there.</param>
public sealed record ExportRequest(string RunId, ExportFormat Format, string Target, bool WithBlobs = false, bool Overwrite = false);

/// <summary>What was written.</summary>
/// <param name="Bytes">Of the file, or of all files in the folder.</param>
/// <param name="Head">Hash of the last event.</param>
/// <param name="Blobs">Stored files in it.</param>
/// <param name="MissingBlobs">Those that were asked for and are not in the artifact store.</param>
public sealed record Exported(string RunId, ExportFormat Format, string Path, long Bytes, long Events, string Head, int Blobs, IReadOnlyList<string> MissingBlobs);
