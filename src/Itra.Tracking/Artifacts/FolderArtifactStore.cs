using Itra.Domain;
using Itra.Domain.Artifacts;

namespace Itra.Tracking.Artifacts;

/// <summary>Blobs as read-only files <c>ab/cdef...</c> below a folder. A blob appears whole or not at all.</summary>
public sealed class FolderArtifactStore : IArtifactStore, IPartNotes
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const int NoSpaceLeft = 28; // ENOSPC
    private const int QuotaExceeded = 122; // EDQUOT

    private readonly string root;

    /// <param name="root">Made when the first blob is put.</param>
    public FolderArtifactStore(string root)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        this.root = Path.GetFullPath(root);
    }

    public string Location => root;

    /// <exception cref="UserErrorException">The disk is full, or the folder cannot be written.</exception>
    public Task<Artifact> PutAsync(Stream content, CancellationToken cancellation) => PutAsync(content, artifact => PathOf(artifact.Sha256), cancellation);

    private async Task<Artifact> PutAsync(Stream content, Func<Artifact, string> placeOf, CancellationToken cancellation)
    {
        var draft = Path.Combine(root, "incoming", Path.GetRandomFileName());
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
        catch (UnauthorizedAccessException e)
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

    /// <summary>Takes a blob away; nothing happens if it is not there.</summary>
    internal void Delete(string sha256) => File.Delete(PathOf(sha256));

    async Task IPartNotes.WriteAsync(string sha256, byte[] note, CancellationToken cancellation)
    {
        using var content = new MemoryStream(note);
        await PutAsync(content, _ => NotePath(sha256), cancellation);
    }

    async Task<byte[]?> IPartNotes.ReadAsync(string sha256, CancellationToken cancellation) =>
        File.Exists(NotePath(sha256)) ? await File.ReadAllBytesAsync(NotePath(sha256), cancellation) : null;

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
