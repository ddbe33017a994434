using System.Text;
using Itra.Domain;
using Itra.Tracking.Artifacts;
using Minio;
using Minio.DataModel.Args;
using Minio.DataModel.ObjectLock;
using Minio.Exceptions;

namespace Itra.Tracking.Audit;

/// <summary>Where a seal went.</summary>
/// <param name="LockedUntil">Until when the server lets nobody delete or replace it; null if its bucket has no object lock.</param>
public sealed record ExportedSeal(string Location, DateTimeOffset? LockedUntil);

/// <summary>Seals as objects <c>seals/NNNNNN.json</c> of a bucket, where a locked one is locked from its first moment on.</summary>
public sealed class SealBucket(S3Settings settings, TimeProvider clock)
{
    private const int YearsLocked = 10;

    /// <exception cref="UserErrorException">The server does not answer, or refuses, or has another seal of that number.</exception>
    public async Task<ExportedSeal> PutAsync(Seal seal, CancellationToken cancellation)
    {
        var (key, text) = ("seals/" + SealFolder.FileName(seal), SealFolder.Text(seal));
        using var bucket = new S3Bucket(settings);
        await bucket.EnsureAsync(cancellation);
        using var client = settings.Connect();
        var isThere = await IsThereAsync(bucket, key, text, cancellation);
        var (canLock, locksAll) = await RuleAsync(client, cancellation);
        if (!isThere) await PutAsync(client, key, text, canLock && !locksAll, cancellation);
        return new ExportedSeal($"{key} in {bucket.Location}", canLock ? await LockedUntilAsync(client, key, cancellation) : null);
    }

    /// <summary>Never replaces a seal: it may be the only proof that there was another one.</summary>
    private static async Task<bool> IsThereAsync(S3Bucket bucket, string key, string text, CancellationToken cancellation)
    {
        var known = "";
        if (!await bucket.GetAsync(key, async (sent, stop) => known = await new StreamReader(sent).ReadToEndAsync(stop), cancellation)) return false;
        return known == text ? true
            : throw new UserErrorException($"{key} in {bucket.Location} is another seal of that number: compare it with `itra audit verify --seal FILE`, or set ITRA_S3_BUCKET to a bucket of this store's own");
    }

    /// <summary>Whether objects of the bucket can be locked, and whether a rule of its own locks all of them.</summary>
    private async Task<(bool CanLock, bool LocksAll)> RuleAsync(IMinioClient client, CancellationToken cancellation)
    {
        try
        {
            var rule = await client.GetObjectLockConfigurationAsync(new GetObjectLockConfigurationArgs().WithBucket(settings.Bucket), cancellation);
            return (true, rule.Rule?.DefaultRetention is not null);
        }
        catch (Exception e) when (e is MinioException or ArgumentNullException)
        {
            // No object lock on this bucket, or a server that has none: the answer says so. (The client stumbles over one without a message.)
            return (false, false);
        }
    }

    private async Task PutAsync(IMinioClient client, string key, string text, bool locks, CancellationToken cancellation)
    {
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var put = new PutObjectArgs().WithBucket(settings.Bucket).WithObject(key).WithStreamData(content).WithObjectSize(content.Length).WithContentType("application/json");
        if (locks) put = put.WithRetentionConfiguration(new ObjectRetentionConfiguration(clock.GetUtcNow().UtcDateTime.AddYears(YearsLocked), ObjectRetentionMode.GOVERNANCE));
        try
        {
            await client.PutObjectAsync(put, cancellation);
        }
        catch (MinioException e)
        {
            throw new UserErrorException($"bucket {settings.Bucket} did not take {key} ({e.Message.ReplaceLineEndings(" ")}): 'itra doctor' looks for the cause", e);
        }
    }

    private async Task<DateTimeOffset?> LockedUntilAsync(IMinioClient client, string key, CancellationToken cancellation)
    {
        try
        {
            var kept = await client.GetObjectRetentionAsync(new GetObjectRetentionArgs().WithBucket(settings.Bucket).WithObject(key), cancellation);
            return DateTimeOffset.TryParse(kept.RetainUntilDate, out var until) ? until : null;
        }
        catch (MinioException)
        {
            // Whatever was asked for, the server does not say that it is locked.
            return null;
        }
    }
}
