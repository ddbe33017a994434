using System.Runtime.CompilerServices;
using Itra.Domain;
using Itra.Domain.Artifacts;

namespace Itra.Tracking.Artifacts;

/// <summary>Blobs as read-only files <c>ab/cdef...</c> below a folder. A blob appears whole or not at all.</summary>
public sealed class FolderArtifactStore : IArtifactStore, IPartNotes, IBlobInventory
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const int NoSpaceLeft = 28; // ENOSPC
    private const int QuotaExceeded = 122; // EDQUOT
    private const int ReadOnlyFileSystem = 30; // EROFS
    private const string Incoming = "incoming", Leaving = ".leaving";

    private readonly string root;
    private readonly TimeProvider clock;

    /// <param name="root">Made when the first blob is put.</param>
    public FolderArtifactStore(string root, TimeProvider? clock = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        (this.root, this.clock) = (Path.GetFullPath(root), clock ?? TimeProvider.System);
    }

    public string Location => root;

    /// <exception cref="UserErrorException">The disk is full, or the folder cannot be written.</exception>
    public async Task<Artifact> PutAsync(Stream content, CancellationToken cancellation)
    {
        var start = content.Position;
        var known = await ContentHash.ReadAsync(content, null, cancellation);
        if (IsReused(known.Sha256, known.Bytes)) return known;
        content.Position = start;
        return await PutAsync(content, artifact => PathOf(artifact.Sha256), cancellation);
    }

    private async Task<Artifact> PutAsync(Stream content, Func<Artifact, string> placeOf, CancellationToken cancellation)
    {
        var draft = Path.Combine(root, Incoming, Path.GetRandomFileName());
        var needed = content.Length - content.Position;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(draft)!);
            var artifact = await WriteAsync(draft, content, cancellation);
            var place = placeOf(artifact);
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Move(draft, place, overwrite: true);
            Durable.Directory(Path.GetDirectoryName(place)!);
            return artifact;
        }
        catch (IOException e) when (e.HResult is NoSpaceLeft or QuotaExceeded)
        {
            throw new UserErrorException($"the disk of {root} is full: {needed} bytes are needed there; free some space, or set ITRA_HOME to another disk", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException { HResult: ReadOnlyFileSystem })
        {
            throw new UserErrorException($"{root} cannot be written ({e.Message}): make it yours, or set ITRA_HOME to a folder that is", e);
        }
        finally
        {
            if (File.Exists(draft)) File.Delete(draft);
        }
    }

    public async Task<Stream> OpenAsync(string sha256, CancellationToken cancellation)
    {
        var place = PathOf(sha256);
        if (!File.Exists(place)) throw new ArtifactMissingException(sha256, Location);
        var stream = new FileStream(place, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous);
        try
        {
            var found = await ContentHash.ReadAsync(stream, null, cancellation);
            if (found.Sha256 != sha256) throw new ArtifactDamagedException(sha256, Location, found.Bytes);
            stream.Position = 0;
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    public Task<bool> ExistsAsync(string sha256, CancellationToken cancellation) => Task.FromResult(File.Exists(PathOf(sha256)));

    /// <summary>The blobs, without drafts and notes. Some may be gone before they are looked at.</summary>
    internal IEnumerable<FileInfo> Files() => new DirectoryInfo(root).EnumerateFiles("*", SearchOption.AllDirectories).Where(f => KindOf(f) is { Kind: StoredKind.Blob } && f.Exists);

    /// <summary>Takes a blob away; nothing happens if it is not there.</summary>
    internal void Delete(string sha256) => File.Delete(PathOf(sha256));

    Task<bool> IBlobInventory.ReuseAsync(string sha256, long bytes, byte[] md5, CancellationToken cancellation) => Task.FromResult(IsReused(sha256, bytes));

    async IAsyncEnumerable<StoredBlob> IBlobInventory.ListAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        if (!Directory.Exists(root)) yield break;
        foreach (var left in new DirectoryInfo(root).EnumerateFiles($"{Incoming}/*{Leaving}")) BringBack(left);
        foreach (var file in new DirectoryInfo(root).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            cancellation.ThrowIfCancellationRequested();
            if (KindOf(file) is { } kind) yield return new StoredBlob(file.FullName, kind.Kind, kind.Sha256, file.Length, file.LastWriteTimeUtc);
        }
    }

    /// <summary>Moves it out of the way first: whoever finds it to be reused before that has told so, and whoever looks after that writes it anew.</summary>
    Task<bool> IBlobInventory.RemoveAsync(StoredBlob blob, DateTimeOffset unlessAfter, CancellationToken cancellation)
    {
        if (!File.Exists(blob.Key)) return Task.FromResult(true);
        if (File.GetLastWriteTimeUtc(blob.Key) > unlessAfter) return Task.FromResult(false);
        Directory.CreateDirectory(Path.Combine(root, Incoming));
        var leaving = new FileInfo(Path.Combine(root, Incoming, Path.GetRelativePath(root, blob.Key).Replace('/', '-') + Leaving));
        try
        {
            File.Move(blob.Key, leaving.FullName, overwrite: true);
        }
        catch (FileNotFoundException)
        {
            return Task.FromResult(true);
        }
        if (File.GetLastWriteTimeUtc(leaving.FullName) > unlessAfter)
        {
            BringBack(leaving);
            return Task.FromResult(false);
        }
        leaving.Delete();
        return Task.FromResult(true);
    }

    async Task IPartNotes.WriteAsync(string sha256, byte[] note, CancellationToken cancellation)
    {
        using var content = new MemoryStream(note);
        await PutAsync(content, _ => NotePath(sha256), cancellation);
    }

    async Task<byte[]?> IPartNotes.ReadAsync(string sha256, CancellationToken cancellation) =>
        File.Exists(NotePath(sha256)) ? await File.ReadAllBytesAsync(NotePath(sha256), cancellation) : null;

    /// <summary>What a removal was interrupted in is where it was, and looked at again.</summary>
    private void BringBack(FileInfo leaving)
    {
        var place = Path.Combine(root, leaving.Name[..^Leaving.Length].Replace('-', '/'));
        if (File.Exists(place)) leaving.Delete();
        else leaving.MoveTo(place);
    }

    private (StoredKind Kind, string Sha256)? KindOf(FileInfo file) => Path.GetRelativePath(root, file.FullName).Split('/') switch
    {
        [Incoming, _] => (StoredKind.Draft, ""),
        [{ Length: 2 } head, var tail] when ContentHash.IsDigest(head + tail) => (StoredKind.Blob, head + tail),
        [{ Length: 2 } head, var tail] when tail.EndsWith(IPartNotes.Extension, StringComparison.Ordinal) && head + tail[..^IPartNotes.Extension.Length] is var sha256 && ContentHash.IsDigest(sha256) => (StoredKind.Note, sha256),
        _ => null,
    };

    /// <summary>Its time is what keeps others from removing it, and is set before it is known whether it is still there.</summary>
    private bool IsReused(string sha256, long bytes)
    {
        var place = new FileInfo(PathOf(sha256));
        if (!place.Exists || place.Length != bytes) return false;
        try
        {
            File.SetLastWriteTimeUtc(place.FullName, clock.GetUtcNow().UtcDateTime);
            return File.Exists(place.FullName);
        }
        catch (Exception e) when (e is FileNotFoundException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private string NotePath(string sha256) => PathOf(sha256) + IPartNotes.Extension;

    private string PathOf(string sha256) => Path.Combine(root, ContentHash.Checked(sha256)[..2], sha256[2..]);

    private static async Task<Artifact> WriteAsync(string draft, Stream content, CancellationToken cancellation)
    {
        await using var file = new FileStream(draft, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous);
        var artifact = await ContentHash.ReadAsync(content, file, cancellation);
        file.Flush(flushToDisk: true);
        File.SetUnixFileMode(file.SafeFileHandle, ReadOnly);
        return artifact;
    }
}
