using Itra.Domain.Artifacts;
using Itra.Tracking.Artifacts;
using Itra.Tracking.WriteAhead;

namespace Itra.Tracking.Backup;

/// <summary>Copies files of an ITRA_HOME, which others go on writing, into a backup.</summary>
internal sealed class HomeFiles(string home, FolderArtifactStore target)
{
    /// <summary>Where a restored home keeps the logs of runs whose folders it does not have.</summary>
    public const string Logs = "restored";

    public const string PublicKey = ".pub.pem";

    /// <summary>Those of an ITRA_HOME that a backup may hold something of.</summary>
    public static readonly IReadOnlyList<string> Folders = ["artifacts", "keys", "models", "seals", "spool", Logs];

    private readonly Dictionary<string, BackupFile> files = [];

    public IReadOnlyList<BackupFile> Files => [.. files.Values.OrderBy(f => f.Path, StringComparer.Ordinal)];

    public long NewFiles { get; private set; }

    public long NewBytes { get; private set; }

    /// <summary>Blobs that are not what their names say. A good copy from an earlier backup stays.</summary>
    public SortedSet<string> Damaged { get; } = new(StringComparer.Ordinal);

    /// <summary>Blobs and their notes; what was copied before is passed over.</summary>
    public async Task AddArtifactsAsync(CancellationToken cancellation)
    {
        foreach (var folder in FoldersIn(Path.Combine(home, "artifacts")).Where(f => Path.GetFileName(f).Length == 2))
            foreach (var file in Directory.EnumerateFiles(folder))
            {
                if (files.ContainsKey(Relative(file))) continue;
                var digest = Path.GetFileName(folder) + Path.GetFileName(file);
                if (digest.Length != 64) await AddAsync(file, Relative(file), cancellation);
                else if (await target.ExistsAsync(digest, cancellation)) Note(Relative(file), new Artifact(digest, new FileInfo(file).Length));
                else await AddBlobAsync(file, digest, cancellation);
            }
    }

    /// <summary>Logs that the store may not have in full, with the files beside them.</summary>
    public async Task AddLogsAsync(CancellationToken cancellation)
    {
        foreach (var note in FilesIn(Path.Combine(home, PendingLogs.Folder)).Where(f => Guid.TryParse(Path.GetFileName(f), out _)))
        {
            var log = await File.ReadAllTextAsync(note, cancellation);
            var place = $"{Logs}/{Path.GetFileName(note)}";
            await AddAsync(log, $"{place}/{EventLog.FileName}", cancellation);
            var beside = Path.Combine(Path.GetDirectoryName(log)!, TrackingRegistration.BlobsBesideALog);
            foreach (var blob in FilesIn(beside)) await AddAsync(blob, $"{place}/{TrackingRegistration.BlobsBesideALog}/{Slashes(Path.GetRelativePath(beside, blob))}", cancellation);
        }
    }

    /// <summary>All files below a folder of the home.</summary>
    public async Task AddFolderAsync(string folder, Func<string, bool> wanted, CancellationToken cancellation)
    {
        foreach (var file in FilesIn(Path.Combine(home, folder)).Where(wanted)) await AddAsync(file, Relative(file), cancellation);
    }

    /// <summary>Lists files without keeping them.</summary>
    public void List(string folder)
    {
        foreach (var file in FilesIn(Path.Combine(home, folder))) files[Relative(file)] = new(Relative(file), new FileInfo(file).Length, null);
    }

    private async Task AddBlobAsync(string file, string digest, CancellationToken cancellation)
    {
        if (await CopyAsync(file, cancellation) is not { } copied) return;
        if (copied.Sha256 == digest) Note(Relative(file), copied);
        // What was not copied is not in the manifest: restored, the audit misses it.
        else Damaged.Add(digest);
    }

    private async Task AddAsync(string file, string path, CancellationToken cancellation)
    {
        if (await CopyAsync(file, cancellation) is { } copied) Note(path, copied);
    }

    /// <summary>Null if it is gone: a log whose events are in the store by now, a blob that was sent or collected.</summary>
    private async Task<Artifact?> CopyAsync(string file, CancellationToken cancellation)
    {
        try
        {
            await using var content = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var length = content.Length;
            // A log grows while it is read: as much of it as there was.
            await using var now = new Stretch(content, 0, length);
            var found = await ContentHash.ReadAsync(now, null, cancellation);
            if (await target.ExistsAsync(found.Sha256, cancellation)) return found;
            now.Position = 0;
            (NewFiles, NewBytes) = (NewFiles + 1, NewBytes + length);
            return await target.PutAsync(now, cancellation);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private void Note(string path, Artifact content) => files[path] = new BackupFile(path, content.Bytes, content.Sha256);

    private string Relative(string file) => Slashes(Path.GetRelativePath(home, file));

    private static string Slashes(string path) => path.Replace(Path.DirectorySeparatorChar, '/');

    private static IEnumerable<string> FoldersIn(string folder) => Directory.Exists(folder) ? Directory.EnumerateDirectories(folder) : [];

    private static string[] FilesIn(string folder) => Directory.Exists(folder) ? Directory.GetFiles(folder, "*", SearchOption.AllDirectories) : [];
}
