using System.Text.Json.Serialization;
using Itra.Domain.Artifacts;

namespace Itra.Domain.Training;

/// <summary>Where a run came from: what one would have to restore to obtain it again.</summary>
/// <param name="Commit">Git commit of the working directory, or null outside a repository.</param>
/// <param name="Dirty">True if tracked files differed from that commit.</param>
/// <param name="CommandLine">As typed, with the values of secrets replaced.</param>
/// <param name="ItraVersion">Version of this program.</param>
/// <param name="Runtime">.NET runtime.</param>
/// <param name="Libraries">Name and version of the libraries that numbers depend on.</param>
/// <param name="Threads">Threads a tensor operation may use: results are bit-equal only for the same count.</param>
public sealed record Provenance(
    string? Commit,
    bool Dirty,
    IReadOnlyList<string> CommandLine,
    string WorkingDirectory,
    string User,
    string Host,
    string OperatingSystem,
    string ItraVersion,
    string Runtime,
    IReadOnlyDictionary<string, string> Libraries,
    string Device,
    int Cores,
    int Threads)
{
    /// <summary>What the tracked files differed by from <see cref="Commit"/>, as git tells it; null if they did not, or if it was not kept.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Artifact? Patch { get; init; }

    /// <summary>Variables that can change a result, with the values of secrets replaced; null if they were not recorded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>Where each setting that is not a default came from, by its key: <c>command line</c>, a file, another run; null if it was not recorded.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Origins { get; init; }
}
