using Itra.Domain;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Postgres;
using Itra.Tracking.Retention;
using Itra.Tracking.Tests.Postgres;
using Minio.DataModel.Args;

namespace Itra.Tracking.Tests.Retention;

/// <summary>One bucket that several stores keep files in, against the real server at ITRA_TEST_S3_ENDPOINT; skipped without one.</summary>
public sealed class BucketMarksTests(TestServer server) : IAsyncLifetime
{
    private const string Prefix = "ITRA_TEST_S3";
    private readonly string bucket = "itra-marks-" + Guid.NewGuid().ToString("N");
    private StoredRuns first = null!, second = null!;

    private S3Settings Settings => S3Settings.Read(name => name == $"{Prefix}_BUCKET" ? bucket : Environment.GetEnvironmentVariable(name), Prefix)!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(string.IsNullOrEmpty(Environment.GetEnvironmentVariable($"{Prefix}_ENDPOINT")), "no S3 server: set ITRA_TEST_S3_ENDPOINT, _ACCESS_KEY and _SECRET_KEY");
        (first, second) = (await StoredRuns.CreateAsync(server), await StoredRuns.CreateAsync(server));
        foreach (var store in new[] { first, second }) await store.Journal.OpenAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (first is null) return;
        await first.DisposeAsync();
        await second.DisposeAsync();
        using var client = Settings.Connect();
        if (!await client.BucketExistsAsync(new BucketExistsArgs().WithBucket(bucket))) return;
        await foreach (var item in client.ListObjectsEnumAsync(new ListObjectsArgs().WithBucket(bucket).WithRecursive(true)))
            await client.RemoveObjectAsync(new RemoveObjectArgs().WithBucket(bucket).WithObject(item.Key));
        await client.RemoveBucketAsync(new RemoveBucketArgs().WithBucket(bucket));
    }

    [Fact]
    public async Task Who_records_beside_another_store_is_warned_and_neither_may_collect()
    {
        using var ours = Marks(first);
        await ours.LeaveAsync(CancellationToken.None);
        Assert.Null(ours.Warning);
        await CollectAsync(first);

        using var theirs = Marks(second);
        await theirs.LeaveAsync(CancellationToken.None);
        Assert.Contains($"also keeps the files of {first.Database.Address.Display}", theirs.Warning, StringComparison.Ordinal);
        foreach (var (store, other) in new[] { (first, second), (second, first) })
        {
            var refused = await Assert.ThrowsAsync<UserErrorException>(() => CollectAsync(store));
            Assert.Contains(other.Database.Address.Display, refused.Message, StringComparison.Ordinal);
            Assert.Contains("nothing is deleted", refused.Message, StringComparison.Ordinal);
            Assert.Contains(await KeyAsync(other), refused.Message, StringComparison.Ordinal);
        }

        using (var client = Settings.Connect()) await client.RemoveObjectAsync(new RemoveObjectArgs().WithBucket(bucket).WithObject(await KeyAsync(second)), TestContext.Current.CancellationToken);
        await CollectAsync(first);
    }

    [Fact]
    public async Task The_first_file_that_is_sent_leaves_the_mark_and_looking_leaves_none()
    {
        using var marks = Marks(first);
        using var bucketStore = new S3Bucket(Settings);
        using var spool = new BlobSpool(Path.Combine(first.Home, "spool"), PartedArtifactStore.Over(new MinioArtifactStore(Settings)), marks);
        await CollectAsync(first);
        Assert.Null(await bucketStore.FindAsync(await KeyAsync(first), CancellationToken.None));
        var file = await spool.PutAsync(new MemoryStream([1, 2, 3]), CancellationToken.None);
        await spool.SendAsync(file, CancellationToken.None);
        Assert.NotNull(await bucketStore.FindAsync(await KeyAsync(first), CancellationToken.None));
    }

    [Fact]
    public async Task The_identity_of_a_store_is_drawn_once_and_an_older_store_gets_one()
    {
        var identity = await StoreIdentity.ReadAsync(first.Database, CancellationToken.None);
        Assert.Equal(identity, await StoreIdentity.ReadAsync(first.Database, CancellationToken.None));
        Assert.NotEqual(identity, await StoreIdentity.ReadAsync(second.Database, CancellationToken.None));
        await using (var connection = await first.Database.OpenAsync(CancellationToken.None))
        await using (var drop = new Npgsql.NpgsqlCommand("drop table itra.store_identity", connection)) await drop.ExecuteNonQueryAsync(CancellationToken.None);
        var next = await StoreIdentity.ReadAsync(first.Database, CancellationToken.None);
        Assert.NotEqual(identity, next);
        Assert.Equal(next, await StoreIdentity.ReadAsync(first.Database, CancellationToken.None));
    }

    [Fact]
    public async Task A_mark_that_cannot_be_read_is_another_store_all_the_same()
    {
        var stranger = Guid.NewGuid();
        using (var store = new S3Bucket(Settings))
        {
            using var content = new MemoryStream("{}"u8.ToArray());
            var (_, md5) = await ContentHash.ReadWithMd5Async(content, CancellationToken.None);
            content.Position = 0;
            await store.PutAsync($"stores/{stranger:N}.json", content, 2, md5, CancellationToken.None);
        }
        Assert.Contains($"a store with the identity {stranger}", (await Assert.ThrowsAsync<UserErrorException>(() => CollectAsync(first))).Message, StringComparison.Ordinal);
    }

    private BucketMarks Marks(StoredRuns store) => new(Settings, store.Database, TimeProvider.System);

    private static async Task<string> KeyAsync(StoredRuns store) => $"stores/{await StoreIdentity.ReadAsync(store.Database, CancellationToken.None):N}.json";

    private async Task CollectAsync(StoredRuns store)
    {
        using var marks = Marks(store);
        using var artifacts = PartedArtifactStore.Over(new MinioArtifactStore(Settings));
        await new GarbageCollector(store.Database, artifacts, store.Journal, store.Home, TimeProvider.System, marks).PlanAsync(StoredRuns.Request("last:1", orphans: true), CancellationToken.None);
    }
}
