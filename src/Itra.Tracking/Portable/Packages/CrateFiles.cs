namespace Itra.Tracking.Portable.Packages;

/// <summary>Names of the files in a package. Nothing else in one is ever looked at.</summary>
internal static class CrateFiles
{
    public const string Run = "run.jsonl";
    public const string Scores = "scores.csv";
    public const string Metrics = "metrics.csv";
    public const string Settings = "params.yml";
    public const string Metadata = "ro-crate-metadata.json";

    /// <summary>Before the digest of a stored file.</summary>
    public const string Blobs = "blobs/";
}
