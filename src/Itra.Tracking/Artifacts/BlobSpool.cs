using System.Text.Json;
using Itra.Domain.Artifacts;
using Itra.Tracking.Retention;

namespace Itra.Tracking.Artifacts;

/// <summary>
/// Takes files at once, into a folder of this machine, and sends them to the store proper when they are asked for there: a server that is down
/// costs a training nothing.
/// </summary>
/// <param name="folder">Where files wait.</param>
/// <param name="store">Where they are to go; null while there is no way to it.</param>
/// <param name="marks">Leaves the mark of our store there with the first file; null where nobody asks whose files they are.</param>
internal sealed class BlobSpool(string folder, IArtifactStore? store, BucketMarks? marks = null) : IArtifactStore, IDisposable
{
    private const string CutsExtension = ".cuts";

    private string folder = folder;
    private FolderArtifactStore waiting = new(folder);
    private volatile Transit inTransit = new(0, 0);

    public string Location => store?.Location ?? folder;

    /// <summary>Moves on to another folder, with what waits here: a run without a store has its files beside its log, so that both travel together.</summary>
    public void MoveTo(string other)
    {
        if (Directory.Exists(folder))
        {
            foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
            {
                var target = Path.Combine(other, Path.GetRelativePath(folder, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Move(file, target, overwrite: true);
            }
        }
        (folder, waiting) = (other, new FolderArtifactStore(other));
    }

    public Task<Artifact> PutAsync(Stream content, CancellationToken cancellation) => PutAsync(content, [], cancellation);

    public async Task<Artifact> PutAsync(Stream content, IReadOnlyList<long> cuts, CancellationToken cancellation)
    {
        var artifact = await waiting.PutAsync(content, cancellation);
        if (cuts.Count > 0) await File.WriteAllTextAsync(CutsPath(folder, artifact.Sha256), JsonSerializer.Serialize(cuts), cancellation);
        return artifact;
    }

    public async Task<Stream> OpenAsync(string sha256, CancellationToken cancellation) =>
        await waiting.ExistsAsync(sha256, cancellation) ? await waiting.OpenAsync(sha256, cancellation)
        : store is not null ? await store.OpenAsync(sha256, cancellation)
        : throw new ArtifactMissingException(sha256, folder);

    public async Task<bool> ExistsAsync(string sha256, CancellationToken cancellation) =>
        await waiting.ExistsAsync(sha256, cancellation) || (store is not null && await store.ExistsAsync(sha256, cancellation));

    /// <summary>Whether a file waits here.</summary>
    public Task<bool> IsWaitingAsync(Artifact artifact, CancellationToken cancellation) => waiting.ExistsAsync(artifact.Sha256, cancellation);

    /// <summary>Makes sure that the store has a file; what has waited here for that is then gone from here.</summary>
    /// <exception cref="ArtifactMissingException">It is neither here nor there.</exception>
    public async Task SendAsync(Artifact artifact, CancellationToken cancellation)
    {
        if (store is null) throw new InvalidOperationException("there is no store to send to");
        if (!await IsWaitingAsync(artifact, cancellation))
        {
            if (!await store.ExistsAsync(artifact.Sha256, cancellation)) throw new ArtifactMissingException(artifact.Sha256, store.Location);
            return;
        }
        await using (var content = await waiting.OpenAsync(artifact.Sha256, cancellation))
        {
            // Even if the store has it all: what is found there counts as written now, so that nobody removes it before the event is stored.
            var cuts = await CutsAsync(artifact.Sha256, cancellation);
            inTransit = new Transit(artifact.Bytes, 0);
            var sent = store is PartedArtifactStore parted ? await parted.PutAsync(content, cuts, bytes => inTransit = new Transit(artifact.Bytes, bytes), cancellation)
                : await store.PutAsync(content, cuts, cancellation);
            inTransit = new Transit(0, 0);
            if (sent != artifact) throw new ArtifactDamagedException(artifact.Sha256, folder, sent.Bytes);
        }
        waiting.Delete(artifact.Sha256);
        RemoveCuts(folder, artifact.Sha256);
        if (marks is not null) await marks.LeaveAsync(cancellation);
    }

    /// <summary>What waits here, and how far the file is that is being sent.</summary>
    public UploadLag Lag
    {
        get
        {
            var now = inTransit;
            var files = Directory.Exists(folder) ? waiting.Files().ToList() : [];
            var silence = (store as PartedArtifactStore)?.Silence ?? TimeSpan.Zero;
            return new UploadLag(files.Count, files.Sum(f => f.Length), now.Sent, now.Bytes) { For = silence, Why = silence > Pulse.LongestSilence ? $"{Location} is silent" : null };
        }
    }

    /// <summary>The store that files go to; null while there is no way to it.</summary>
    public IArtifactStore? Store => store;

    public void Dispose() => (store as IDisposable)?.Dispose();

    /// <summary>Takes away what was noted beside a file that is no longer there.</summary>
    internal static void RemoveCuts(string folder, string sha256) => File.Delete(CutsPath(folder, sha256));

    private sealed record Transit(long Bytes, long Sent);

    private static string CutsPath(string folder, string sha256) => Path.Combine(folder, ContentHash.Checked(sha256) + CutsExtension);

    private async Task<IReadOnlyList<long>> CutsAsync(string sha256, CancellationToken cancellation) =>
        File.Exists(CutsPath(folder, sha256)) ? JsonSerializer.Deserialize<long[]>(await File.ReadAllTextAsync(CutsPath(folder, sha256), cancellation))! : [];
}
