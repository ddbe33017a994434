using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Itra.Domain;
using Minio;
using Minio.DataModel;
using Minio.DataModel.Args;
using Minio.Exceptions;

namespace Itra.Tracking.Artifacts;

/// <param name="Md5">Of the object as the server received it; null if it tells something else.</param>
internal sealed record S3Object(string Key, long Bytes, DateTimeOffset At, byte[]? Md5);

/// <summary>A bucket by its keys. It is made if it does not exist; whatever the server or the way to it does is an error of one line.</summary>
/// <remarks>Bytes go over addresses that the client signs: so the server compares what it receives with its MD5, and an answer that breaks off is no shorter object.</remarks>
internal sealed class S3Bucket(S3Settings settings) : IDisposable
{
    // An address that somebody got hold of is soon worth nothing.
    private const int SecondsSigned = 3600;

    // As slow as this a line may be before it counts as cut.
    private const long SlowestBytesPerSecond = 128 << 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), ToConnect = TimeSpan.FromSeconds(10);

    private readonly IMinioClient client = settings.Connect();
    private readonly HttpClient line = new(new SocketsHttpHandler { ConnectTimeout = ToConnect }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Pulse pulse = new(TimeProvider.System);
    private bool stands;

    /// <summary>How long the server has been silent while something is asked of it.</summary>
    public TimeSpan Silence => pulse.Silence;

    public string Location => $"bucket {settings.Bucket} of {settings.Endpoint.GetLeftPart(UriPartial.Authority)}";

    public Task EnsureAsync(CancellationToken cancellation) => AnswerAsync(async () =>
    {
        using var limit = Limit(0, cancellation);
        if (!stands && !await client.BucketExistsAsync(new BucketExistsArgs().WithBucket(settings.Bucket), limit.Token))
            await client.MakeBucketAsync(new MakeBucketArgs().WithBucket(settings.Bucket), limit.Token);
        return stands = true;
    }, cancellation);

    /// <returns>Null if there is no such object.</returns>
    public Task<S3Object?> FindAsync(string key, CancellationToken cancellation) => AnswerAsync<S3Object?>(async () =>
    {
        using var limit = Limit(0, cancellation);
        try
        {
            var found = await client.StatObjectAsync(new StatObjectArgs().WithBucket(settings.Bucket).WithObject(key), limit.Token);
            return new S3Object(key, found.Size, new DateTimeOffset(DateTime.SpecifyKind(found.LastModified, DateTimeKind.Utc)), Md5Of(found.ETag));
        }
        catch (Exception e) when (e is ObjectNotFoundException or BucketNotFoundException)
        {
            return null;
        }
    }, cancellation);

    /// <param name="md5">Of the bytes; the server refuses others.</param>
    public Task PutAsync(string key, Stream content, long bytes, byte[] md5, CancellationToken cancellation) => AnswerAsync(async () =>
    {
        await EnsureAsync(cancellation);
        using var limit = Limit(bytes, cancellation);
        var address = await client.PresignedPutObjectAsync(new PresignedPutObjectArgs().WithBucket(settings.Bucket).WithObject(key).WithExpiry(SecondsSigned));
        using var request = new HttpRequestMessage(HttpMethod.Put, address)
        {
            // A stretch, because a request closes what it sends.
            Content = new StreamContent(new HeardStream(new Stretch(content, content.Position, bytes), pulse)),
        };
        request.Content.Headers.ContentLength = bytes;
        request.Content.Headers.ContentMD5 = md5;
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var answer = await line.SendAsync(request, limit.Token);
        await MustHaveWorkedAsync(answer, limit.Token);
        // Not what it answered, but what it has.
        if (await FindAsync(key, cancellation) is not { } kept || kept.Bytes != bytes || (kept.Md5 is { } received && !received.AsSpan().SequenceEqual(md5)))
            throw new UserErrorException($"{Location} did not keep the {bytes} bytes of {key} as they were sent: see whether its disk is full, and try again");
        return true;
    }, cancellation);

    /// <returns>False if there is no such object.</returns>
    public Task<bool> GetAsync(string key, Func<Stream, CancellationToken, Task> read, CancellationToken cancellation) => AnswerAsync(async () =>
    {
        using var limit = Limit(0, cancellation);
        var address = await client.PresignedGetObjectAsync(new PresignedGetObjectArgs().WithBucket(settings.Bucket).WithObject(key).WithExpiry(SecondsSigned));
        using var answer = await line.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        if (answer.StatusCode == HttpStatusCode.NotFound) return false;
        await MustHaveWorkedAsync(answer, limit.Token);
        limit.CancelAfter(Allowed(answer.Content.Headers.ContentLength ?? 0));
        await using var body = new HeardStream(await answer.Content.ReadAsStreamAsync(limit.Token), pulse);
        await read(body, limit.Token);
        return true;
    }, cancellation);

    /// <summary>Makes an object as new as if it had just been sent.</summary>
    public Task RenewAsync(string key, CancellationToken cancellation) => AnswerAsync(async () =>
    {
        var same = new CopySourceObjectArgs().WithBucket(settings.Bucket).WithObject(key);
        await client.CopyObjectAsync(new CopyObjectArgs().WithBucket(settings.Bucket).WithObject(key).WithCopyObjectSource(same).WithReplaceMetadataDirective(true), cancellation);
        return true;
    }, cancellation);

    public Task RemoveAsync(string key, CancellationToken cancellation) => AnswerAsync(async () =>
    {
        await client.RemoveObjectAsync(new RemoveObjectArgs().WithBucket(settings.Bucket).WithObject(key), cancellation);
        return true;
    }, cancellation);

    public async IAsyncEnumerable<S3Object> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await EnsureAsync(cancellation);
        await using var objects = client.ListObjectsEnumAsync(new ListObjectsArgs().WithBucket(settings.Bucket).WithPrefix(prefix).WithRecursive(true), cancellation).GetAsyncEnumerator(cancellation);
        while (await AnswerAsync(async () => await objects.MoveNextAsync(), cancellation))
            yield return Listed(objects.Current);
    }

    public void Dispose()
    {
        client.Dispose();
        line.Dispose();
    }

    private static S3Object Listed(Item item) => new(item.Key, (long)item.Size, new DateTimeOffset(DateTime.SpecifyKind(item.LastModifiedDateTime!.Value, DateTimeKind.Utc)), Md5Of(item.ETag));

    /// <summary>Of an object that was sent in several pieces, a server tells something else, with a hyphen in it.</summary>
    private static byte[]? Md5Of(string? etag) => etag?.Trim('"') is { Length: 32 } text && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : null;

    private static TimeSpan Allowed(long bytes) => Patience + TimeSpan.FromSeconds(bytes / SlowestBytesPerSecond);

    private static CancellationTokenSource Limit(long bytes, CancellationToken cancellation)
    {
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Allowed(bytes));
        return limit;
    }

    private async Task MustHaveWorkedAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        if (answer.IsSuccessStatusCode) return;
        if (answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized) throw Refused(null);
        var words = await answer.Content.ReadAsStringAsync(cancellation);
        var code = words.Split("<Code>") is [_, var rest, ..] ? $", {rest.Split('<')[0]}" : "";
        throw new UserErrorException($"{Location} failed ({(int)answer.StatusCode} {answer.ReasonPhrase}{code}): 'itra doctor' looks for the cause");
    }

    private UserErrorException Refused(Exception? e) =>
        new($"{Location} refuses ITRA_S3_ACCESS_KEY: correct it and ITRA_S3_SECRET_KEY, or let that account use the bucket", e!);

    private async Task<T> AnswerAsync<T>(Func<Task<T>> ask, CancellationToken cancellation)
    {
        try
        {
            return await pulse.DuringAsync(ask);
        }
        catch (Exception e) when (e is AuthorizationException or AccessDeniedException)
        {
            throw Refused(e);
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException or ConnectionException or InternalClientException)
        {
            throw new UserErrorException($"{Location} does not answer ({e.GetBaseException().Message.ReplaceLineEndings(" ")}): start the server, or correct ITRA_S3_ENDPOINT", e);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new UserErrorException($"{Location} does not answer in time: see to the server, or to the way there", e);
        }
        catch (NullReferenceException e)
        {
            // The client's own, over an error of the server that comes without a body.
            throw new UserErrorException($"{Location} failed without a word: 'itra doctor' looks for the cause", e);
        }
        catch (MinioException e)
        {
            throw new UserErrorException($"{Location} failed ({e.Message.ReplaceLineEndings(" ")}): 'itra doctor' looks for the cause", e);
        }
    }
}
