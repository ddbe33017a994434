using Itra.Domain;
using Itra.Domain.Artifacts;
using Minio;
using Minio.DataModel.Args;
using Minio.Exceptions;

namespace Itra.Tracking.Artifacts;

/// <summary>Blobs in a bucket of an S3 server, under <c>sha256/ab/cdef...</c>. The bucket is made if it does not exist.</summary>
public sealed class MinioArtifactStore(S3Settings settings) : IArtifactStore, IPartNotes, IDisposable
{
    private readonly IMinioClient client = settings.Connect();
    private bool bucketStands;

    public string Location => $"bucket {settings.Bucket} of {settings.Endpoint.GetLeftPart(UriPartial.Authority)}";

    /// <exception cref="UserErrorException">The server does not answer, or refuses.</exception>
    public Task<Artifact> PutAsync(Stream content, CancellationToken cancellation) => AnswerAsync(async () =>
    {
        var start = content.Position;
        var artifact = await ContentHash.ReadAsync(content, null, cancellation);
        await EnsureBucketAsync(cancellation);
        if (await BytesOfAsync(Key(artifact.Sha256), cancellation) == artifact.Bytes) return artifact;

        content.Position = start;
        await SendAsync(Key(artifact.Sha256), content, artifact.Bytes, cancellation);
        return artifact;
    });

    public Task<Stream> OpenAsync(string sha256, CancellationToken cancellation) => AnswerAsync<Stream>(async () =>
    {
        if (await BytesOfAsync(Key(sha256), cancellation) is null) throw new ArtifactMissingException(sha256, Location);
        // A file, because the client lends its stream only during the call, and a checkpoint may not fit into memory.
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous };
        var local = new FileStream(Path.Combine(Path.GetTempPath(), "itra-" + Path.GetRandomFileName()), options);
        try
        {
            var found = new Artifact("", 0);
            await client.GetObjectAsync(
                new GetObjectArgs().WithBucket(settings.Bucket).WithObject(Key(sha256))
                    .WithCallbackStream(async (sent, stop) => found = await ContentHash.ReadAsync(sent, local, stop)),
                cancellation);
            if (found.Sha256 != sha256) throw new ArtifactDamagedException(sha256, Location, found.Bytes);
            local.Position = 0;
            return local;
        }
        catch
        {
            await local.DisposeAsync();
            throw;
        }
    });

    public Task<bool> ExistsAsync(string sha256, CancellationToken cancellation) =>
        AnswerAsync(async () => await BytesOfAsync(Key(sha256), cancellation) is not null);

    Task IPartNotes.WriteAsync(string sha256, byte[] note, CancellationToken cancellation) => AnswerAsync(async () =>
    {
        using var content = new MemoryStream(note);
        await SendAsync(NoteKey(sha256), content, note.Length, cancellation);
        return true;
    });

    Task<byte[]?> IPartNotes.ReadAsync(string sha256, CancellationToken cancellation) => AnswerAsync(async () =>
    {
        if (await BytesOfAsync(NoteKey(sha256), cancellation) is null) return null;
        using var note = new MemoryStream();
        await client.GetObjectAsync(
            new GetObjectArgs().WithBucket(settings.Bucket).WithObject(NoteKey(sha256)).WithCallbackStream((sent, stop) => sent.CopyToAsync(note, stop)), cancellation);
        return note.ToArray();
    });

    public void Dispose() => client.Dispose();

    /// <summary>Fails as the first use would: server, credentials, bucket.</summary>
    internal Task ReachAsync(CancellationToken cancellation) => AnswerAsync(async () =>
    {
        await EnsureBucketAsync(cancellation);
        return true;
    });

    private static string Key(string sha256) => $"sha256/{ContentHash.Checked(sha256)[..2]}/{sha256[2..]}";

    private static string NoteKey(string sha256) => Key(sha256) + IPartNotes.Extension;

    private async Task SendAsync(string key, Stream content, long bytes, CancellationToken cancellation)
    {
        await client.PutObjectAsync(
            new PutObjectArgs().WithBucket(settings.Bucket).WithObject(key).WithStreamData(content).WithObjectSize(bytes).WithContentType("application/octet-stream"),
            cancellation);
        // The client does not report every upload that broke off.
        if (await BytesOfAsync(key, cancellation) != bytes)
            throw new UserErrorException($"{Location} did not keep all {bytes} bytes of {key}: see whether its disk is full, and try again");
    }

    private async Task EnsureBucketAsync(CancellationToken cancellation)
    {
        if (bucketStands) return;
        if (!await client.BucketExistsAsync(new BucketExistsArgs().WithBucket(settings.Bucket), cancellation))
            await client.MakeBucketAsync(new MakeBucketArgs().WithBucket(settings.Bucket), cancellation);
        bucketStands = true;
    }

    private async Task<long?> BytesOfAsync(string key, CancellationToken cancellation)
    {
        try
        {
            return (await client.StatObjectAsync(new StatObjectArgs().WithBucket(settings.Bucket).WithObject(key), cancellation)).Size;
        }
        catch (Exception e) when (e is ObjectNotFoundException or BucketNotFoundException)
        {
            return null;
        }
    }

    private async Task<T> AnswerAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (e is AuthorizationException or AccessDeniedException)
        {
            throw new UserErrorException($"{Location} refuses ITRA_S3_ACCESS_KEY: correct it and ITRA_S3_SECRET_KEY, or let that account use the bucket", e);
        }
        catch (Exception e) when (e is HttpRequestException or ConnectionException or InternalClientException)
        {
            throw new UserErrorException($"{Location} does not answer ({e.GetBaseException().Message.ReplaceLineEndings(" ")}): start the server, or correct ITRA_S3_ENDPOINT", e);
        }
        catch (MinioException e)
        {
            throw new UserErrorException($"{Location} failed ({e.Message.ReplaceLineEndings(" ")}): 'itra doctor' looks for the cause", e);
        }
    }
}
