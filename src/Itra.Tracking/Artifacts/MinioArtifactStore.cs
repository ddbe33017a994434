using System.Runtime.CompilerServices;
using Itra.Domain;
using Itra.Domain.Artifacts;

namespace Itra.Tracking.Artifacts;

/// <summary>Blobs in a bucket of an S3 server, under <c>sha256/ab/cdef...</c>. The bucket is made if it does not exist.</summary>
public sealed class MinioArtifactStore(S3Settings settings, TimeProvider? clock = null) : IArtifactStore, IPartNotes, IBlobInventory, IDisposable
{
    private const string Prefix = "sha256/";

    // An answer that broke off is asked for again: a short one must not be taken for damage.
    private const int Attempts = 3;
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(200);

    // Far from any grace period, and seldom enough that a server is not kept busy with it.
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(1);

    private readonly TimeProvider clock = clock ?? TimeProvider.System;
    private readonly S3Bucket bucket = new(settings);

    public string Location => bucket.Location;

    /// <inheritdoc cref="S3Bucket.Silence"/>
    internal TimeSpan Silence => bucket.Silence;

    /// <exception cref="UserErrorException">The server does not answer, or refuses.</exception>
    public async Task<Artifact> PutAsync(Stream content, CancellationToken cancellation)
    {
        var start = content.Position;
        var (artifact, md5) = await ContentHash.ReadWithMd5Async(content, cancellation);
        if (await ReuseAsync(artifact.Sha256, artifact.Bytes, md5, cancellation)) return artifact;
        content.Position = start;
        await bucket.PutAsync(Key(artifact.Sha256), content, artifact.Bytes, md5, cancellation);
        return artifact;
    }

    public async Task<Stream> OpenAsync(string sha256, CancellationToken cancellation)
    {
        // A file, because a checkpoint may not fit into memory.
        var key = Key(sha256);
        var local = TemporaryFile.Create();
        try
        {
            var found = new Artifact("", 0);
            var isThere = await AgainAsync(async () =>
            {
                local.SetLength(0);
                return await bucket.GetAsync(key, async (sent, stop) => found = await ContentHash.ReadAsync(sent, local, stop), cancellation);
            }, cancellation);
            if (!isThere) throw new ArtifactMissingException(sha256, Location);
            if (found.Sha256 != sha256) throw new ArtifactDamagedException(sha256, Location, found.Bytes);
            local.Position = 0;
            return local;
        }
        catch
        {
            await local.DisposeAsync();
            throw;
        }
    }

    public async Task<bool> ExistsAsync(string sha256, CancellationToken cancellation) => await bucket.FindAsync(Key(sha256), cancellation) is not null;

    public async Task<bool> ReuseAsync(string sha256, long bytes, byte[] md5, CancellationToken cancellation)
    {
        if (await bucket.FindAsync(Key(sha256), cancellation) is not { } there || there.Bytes != bytes || (there.Md5 is { } kept && !kept.AsSpan().SequenceEqual(md5))) return false;
        if (clock.GetUtcNow() - there.At > Fresh) await bucket.RenewAsync(there.Key, cancellation);
        return true;
    }

    async Task IPartNotes.WriteAsync(string sha256, byte[] note, CancellationToken cancellation)
    {
        using var content = new MemoryStream(note);
        var (_, md5) = await ContentHash.ReadWithMd5Async(content, cancellation);
        content.Position = 0;
        await bucket.PutAsync(NoteKey(sha256), content, note.Length, md5, cancellation);
    }

    async Task<byte[]?> IPartNotes.ReadAsync(string sha256, CancellationToken cancellation)
    {
        using var note = new MemoryStream();
        var isThere = await AgainAsync(async () =>
        {
            note.SetLength(0);
            return await bucket.GetAsync(NoteKey(sha256), (sent, stop) => sent.CopyToAsync(note, stop), cancellation);
        }, cancellation);
        return isThere ? note.ToArray() : null;
    }

    async IAsyncEnumerable<StoredBlob> IBlobInventory.ListAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var found in bucket.ListAsync(Prefix, cancellation))
            if (KindOf(found.Key) is { } kind) yield return new StoredBlob(found.Key, kind.Kind, kind.Sha256, found.Bytes, found.At);
    }

    /// <summary>Between the look and the removal lies one round trip; whoever reuses it in that looks again after the last of its parts.</summary>
    async Task<bool> IBlobInventory.RemoveAsync(StoredBlob blob, DateTimeOffset unlessAfter, CancellationToken cancellation)
    {
        if (await bucket.FindAsync(blob.Key, cancellation) is not { } now) return true;
        if (now.At > unlessAfter) return false;
        await bucket.RemoveAsync(blob.Key, cancellation);
        return true;
    }

    public void Dispose() => bucket.Dispose();

    /// <summary>Fails as the first use would: server, credentials, bucket.</summary>
    internal Task ReachAsync(CancellationToken cancellation) => bucket.EnsureAsync(cancellation);

    private static string Key(string sha256) => $"{Prefix}{ContentHash.Checked(sha256)[..2]}/{sha256[2..]}";

    private static string NoteKey(string sha256) => Key(sha256) + IPartNotes.Extension;

    private static (StoredKind Kind, string Sha256)? KindOf(string key)
    {
        var name = key[Prefix.Length..].Replace("/", "");
        return ContentHash.IsDigest(name) ? (StoredKind.Blob, name)
            : name.EndsWith(IPartNotes.Extension, StringComparison.Ordinal) && ContentHash.IsDigest(name[..^IPartNotes.Extension.Length]) ? (StoredKind.Note, name[..^IPartNotes.Extension.Length])
            : null;
    }

    private async Task<bool> AgainAsync(Func<Task<bool>> ask, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await ask();
            }
            catch (UserErrorException) when (attempt < Attempts)
            {
                await Task.Delay(FirstWait * attempt, clock, cancellation);
            }
        }
    }
}
