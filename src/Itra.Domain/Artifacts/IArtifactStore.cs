namespace Itra.Domain.Artifacts;

/// <summary>A stored file, known by what is in it.</summary>
/// <param name="Sha256">Lower-case hexadecimal digest of the bytes; also the key under which they are kept.</param>
/// <param name="Bytes">Length in bytes.</param>
public sealed record Artifact(string Sha256, long Bytes);

/// <summary>Content-addressed blobs. The same bytes put twice are kept once.</summary>
public interface IArtifactStore
{
    /// <summary>Where the blobs are, for people: a folder or a bucket address, never with credentials.</summary>
    string Location { get; }

    /// <summary>Stores the rest of <paramref name="content"/>, which must be seekable: its digest is needed before its first byte is sent.</summary>
    Task<Artifact> PutAsync(Stream content, CancellationToken cancellation);

    /// <summary>The same for a file of which some stretches recur in others, as frozen weights do in the checkpoints of a run. A store may keep those once.</summary>
    /// <param name="cuts">Where such stretches begin and end, counted from the first stored byte; ascending.</param>
    Task<Artifact> PutAsync(Stream content, IReadOnlyList<long> cuts, CancellationToken cancellation) => PutAsync(content, cancellation);

    /// <summary>Opens a blob for reading; the caller disposes it.</summary>
    /// <exception cref="ArtifactMissingException">No blob has that digest.</exception>
    Task<Stream> OpenAsync(string sha256, CancellationToken cancellation);

    Task<bool> ExistsAsync(string sha256, CancellationToken cancellation);
}

/// <summary>A blob that an event names is not in the store.</summary>
public sealed class ArtifactMissingException(string sha256, string location)
    : UserErrorException($"artifact {sha256} is not in {location}: it was deleted, or the store is not the one it was written to");
