using System.Text.Json;
using Itra.Domain;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using Npgsql;

namespace Itra.Tracking.Retention;

/// <summary>
/// Which stores keep files in a bucket: each leaves an object <c>stores/ID.json</c> there that says which one it is. What the others keep
/// looks like nobody's to each of them, so that none may delete anything there.
/// </summary>
/// <param name="settings">Of the bucket; null without one.</param>
public sealed class BucketMarks(S3Settings? settings, TrackingDatabase database, TimeProvider clock) : IDisposable
{
    private const string Prefix = "stores/", Extension = ".json";

    private readonly S3Bucket? bucket = settings is null ? null : new S3Bucket(settings);
    private readonly SemaphoreSlim turn = new(1);
    private bool isLeft;

    /// <param name="Database">As people know it.</param>
    /// <param name="Since">When it first kept something there.</param>
    private sealed record Mark(Guid Store, string Database, string Host, DateTimeOffset Since);

    /// <summary>What whoever records should be told about the bucket, in one line; null for nothing.</summary>
    public string? Warning { get; private set; }

    /// <summary>Leaves the mark of this store, once in a process, and looks whether others have. Whatever is in the way of that is a warning, and no reason to keep files back.</summary>
    public async Task LeaveAsync(CancellationToken cancellation)
    {
        if (bucket is null || isLeft) return;
        await turn.WaitAsync(cancellation);
        try
        {
            if (isLeft) return;
            var own = await StoreIdentity.ReadAsync(database, cancellation);
            if (await bucket.FindAsync(Key(own), cancellation) is null) await WriteAsync(new Mark(own, database.Address.Display, Environment.MachineName, clock.GetUtcNow()), cancellation);
            if (await OthersAsync(own, cancellation) is { Count: > 0 } others)
                Warning = $"{bucket.Location} also keeps the files of {Names(others)}: `itra gc` deletes nothing there; give each store a bucket of its own with ITRA_S3_BUCKET";
            isLeft = true;
        }
        catch (Exception e) when (e is PostgresException or UserErrorException and not StoreUnavailableException)
        {
            (Warning, isLeft) = ($"whose files are in {bucket.Location} could not be noted there: {e.Message.ReplaceLineEndings(" ")}", true);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Changes nothing.</summary>
    /// <exception cref="UserErrorException">Other stores keep files in the bucket, or it does not answer.</exception>
    public async Task MustBeAloneAsync(CancellationToken cancellation)
    {
        if (bucket is null || await OthersAsync(await StoreIdentity.ReadAsync(database, cancellation), cancellation) is not { Count: > 0 } others) return;
        throw new UserErrorException(
            $"{bucket.Location} also keeps the files of {Names(others)}, and what they need looks like nobody's from here: nothing is deleted; give each store a bucket of its own (ITRA_S3_BUCKET), or, of a store that is no more, delete {string.Join(", ", others.Select(o => Key(o.Store)))} in the bucket");
    }

    public void Dispose()
    {
        bucket?.Dispose();
        turn.Dispose();
    }

    private async Task<IReadOnlyList<Mark>> OthersAsync(Guid own, CancellationToken cancellation)
    {
        List<Mark> others = [];
        await foreach (var found in bucket!.ListAsync(Prefix, cancellation))
            if (Guid.TryParse(found.Key[Prefix.Length..].Replace(Extension, "", StringComparison.Ordinal), out var store) && store != own) others.Add(await ReadAsync(store, cancellation));
        return others;
    }

    private async Task WriteAsync(Mark mark, CancellationToken cancellation)
    {
        using var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(mark, EventJson.Options));
        var (artifact, md5) = await ContentHash.ReadWithMd5Async(content, cancellation);
        content.Position = 0;
        await bucket!.PutAsync(Key(mark.Store), content, artifact.Bytes, md5, cancellation);
    }

    private async Task<Mark> ReadAsync(Guid store, CancellationToken cancellation)
    {
        var unreadable = new Mark(store, $"a store with the identity {store}", "", default);
        using var content = new MemoryStream();
        if (!await bucket!.GetAsync(Key(store), (sent, stop) => sent.CopyToAsync(content, stop), cancellation)) return unreadable;
        try
        {
            return JsonSerializer.Deserialize<Mark>(content.ToArray(), EventJson.Options) is { Database: not null, Host: not null } mark ? mark with { Store = store } : unreadable;
        }
        catch (JsonException)
        {
            // That it is there says enough.
            return unreadable;
        }
    }

    private static string Key(Guid store) => $"{Prefix}{store:N}{Extension}";

    private static string Names(IEnumerable<Mark> marks) => string.Join("; ", marks.Select(m => UntrustedText.Shown(m.Host.Length > 0 ? $"{m.Database} (since {m.Since:yyyy-MM-dd}, from {m.Host})" : m.Database)));
}
