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
    int Threads);
