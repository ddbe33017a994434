using Itra.Domain.Artifacts;

namespace Itra.Trainer;

/// <summary>A stored file as a file of this machine, for as long as it is needed.</summary>
internal sealed class FetchedArtifact : IDisposable
{
    private FetchedArtifact(string path) => Path = path;

    public string Path { get; }

    /// <exception cref="ArtifactMissingException">It is not in the store.</exception>
    public static FetchedArtifact Fetch(Artifact artifact, IArtifactStore store, CancellationToken cancellation)
    {
        var fetched = new FetchedArtifact(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"itra-{System.IO.Path.GetRandomFileName()}"));
        try
        {
            using var source = store.OpenAsync(artifact.Sha256, cancellation).GetAwaiter().GetResult();
            using var target = new FileStream(fetched.Path, FileMode.CreateNew, FileAccess.Write);
            source.CopyTo(target);
            return fetched;
        }
        catch
        {
            fetched.Dispose();
            throw;
        }
    }

    public void Dispose() => File.Delete(Path);
}
