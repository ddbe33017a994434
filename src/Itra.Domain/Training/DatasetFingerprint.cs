using System.Text.Json.Serialization;
using Itra.Domain.Artifacts;

namespace Itra.Domain.Training;

/// <summary>What a data set held when it was used.</summary>
/// <param name="Name">As the command line named it.</param>
/// <param name="Items">Images, or image-caption rows.</param>
/// <param name="Captions">Captions over all items.</param>
/// <param name="Bytes">Size of all image files together.</param>
/// <param name="Digest">SHA-256, lower-case hexadecimal, over names, sizes and contents of the files and over the captions, in order.</param>
public sealed record DatasetFingerprint(string Name, int Items, int Captions, long Bytes, string Digest)
{
    /// <summary>The list of its files, one per line: name, size and SHA-256, separated by tabs; null if it was not kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Artifact? Listing { get; init; }
}
