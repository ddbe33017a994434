using Itra.Domain;
using Itra.Tracking.Artifacts;

namespace Itra.Tracking.Backup;

/// <summary>
/// Where a backup is: contents under their digests in <c>blobs</c>, and a manifest that names them. A second backup adds what is new,
/// writes its manifest over the old one, and only then removes what no longer belongs to it.
/// </summary>
internal sealed class BackupFolder : IDisposable
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string path;
    private readonly FileStream held;

    private BackupFolder(string path, FileStream held) => (this.path, this.held, Blobs) = (path, held, new FolderArtifactStore(BlobsOf(path)));

    public FolderArtifactStore Blobs { get; }

    public string Draft => Path.Combine(path, "database.new");

    public static FolderArtifactStore BlobsIn(string folder) => new(BlobsOf(folder));

    /// <summary>Opens a folder for writing, making it if it is not there. It is nobody else's business what is in it.</summary>
    /// <param name="store">System identifier of the cluster to be kept there.</param>
    /// <exception cref="UserErrorException">There is something else in it, or it cannot be written, or another process writes it.</exception>
    public static BackupFolder Open(string folder, string store)
    {
        try
        {
            var path = Directory.CreateDirectory(Path.GetFullPath(folder), Mine).FullName;
            if (File.Exists(Path.Combine(path, BackupManifest.FileName)))
            {
                if (BackupManifest.Read(path).Store != store) throw new UserErrorException($"{path} holds the backup of another store: name another folder, or remove that one");
            }
            else if (Directory.EnumerateFileSystemEntries(path).Any(e => Path.GetFileName(e) is not ("blobs" or "backup.lock" or "database.new" or BackupManifest.FileName + ".new")))
            {
                throw new UserErrorException($"{path} is not empty and holds no backup: name another folder");
            }
            Directory.CreateDirectory(BlobsOf(path), Mine);
            return new BackupFolder(path, new FileStream(Path.Combine(path, "backup.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{folder} cannot be written ({e.Message}): name another folder, or wait for the backup that is writing it", e);
        }
    }

    /// <summary>Makes <paramref name="manifest"/> the backup, and removes what it does not name.</summary>
    public void Finish(BackupManifest manifest)
    {
        manifest.Write(path);
        var named = manifest.Contents.ToHashSet();
        foreach (var file in Directory.EnumerateFiles(BlobsOf(path), "*", SearchOption.AllDirectories))
            if (!named.Contains(Path.GetFileName(Path.GetDirectoryName(file)) + Path.GetFileName(file))) File.Delete(file);
    }

    public void Dispose() => held.Dispose();

    private static string BlobsOf(string folder) => Path.Combine(folder, "blobs");
}
