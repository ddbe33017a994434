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

/// <summary>Seals as objects <c>seals/NNNNNN.json</c> of a bucket.</summary>
public sealed class SealBucket(S3Settings settings, TimeProvider clock)
{
    private const int YearsLocked = 10;

    /// <exception cref="UserErrorException">The server does not answer, or refuses.</exception>
    public async Task<ExportedSeal> PutAsync(Seal seal, CancellationToken cancellation)
    {
        using (var store = new MinioArtifactStore(settings)) await store.ReachAsync(cancellation);
        var key = "seals/" + SealFolder.FileName(seal);
        using var client = settings.Connect();
        using var content = new MemoryStream(Encoding.UTF8.GetBytes(SealFolder.Text(seal)));
        try
        {
            await client.PutObjectAsync(
                new PutObjectArgs().WithBucket(settings.Bucket).WithObject(key).WithStreamData(content).WithObjectSize(content.Length).WithContentType("application/json"), cancellation);
        }
        catch (MinioException e)
        {
            throw new UserErrorException($"bucket {settings.Bucket} did not take {key} ({e.Message.ReplaceLineEndings(" ")}): a seal that is locked there stays; else 'itra doctor' looks for the cause", e);
        }
        return new ExportedSeal($"{key} in bucket {settings.Bucket} of {settings.Endpoint.GetLeftPart(UriPartial.Authority)}", await LockAsync(client, key, cancellation));
    }

    /// <summary>By the bucket's own rule if it has one, else for ten years; null where there is no object lock.</summary>
    private async Task<DateTimeOffset?> LockAsync(IMinioClient client, string key, CancellationToken cancellation)
    {
        try
        {
            var rule = await client.GetObjectLockConfigurationAsync(new GetObjectLockConfigurationArgs().WithBucket(settings.Bucket), cancellation);
            if (rule.Rule?.DefaultRetention is null)
            {
                await client.SetObjectRetentionAsync(
                    new SetObjectRetentionArgs().WithBucket(settings.Bucket).WithObject(key).WithRetentionMode(ObjectRetentionMode.GOVERNANCE)
                        .WithRetentionUntilDate(clock.GetUtcNow().UtcDateTime.AddYears(YearsLocked)), cancellation);
            }
            var kept = await client.GetObjectRetentionAsync(new GetObjectRetentionArgs().WithBucket(settings.Bucket).WithObject(key), cancellation);
            return DateTimeOffset.TryParse(kept.RetainUntilDate, out var until) ? until : null;
        }
        catch (MinioException)
        {
            // No object lock on this bucket, or a server that has none: the answer says so.
            return null;
        }
    }
}
