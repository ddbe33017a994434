using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Tracking.Artifacts;
using Minio.DataModel.Args;

namespace Itra.Tracking.Tests.Artifacts;

/// <summary>Against the real server at ITRA_TEST_S3_ENDPOINT; skipped without one.</summary>
public sealed class MinioArtifactStoreTests : ArtifactStoreContract, IAsyncLifetime
{
    private const string Prefix = "ITRA_TEST_S3";
    private static readonly string Bucket = $"itra-test-{Environment.ProcessId}";

    private MinioArtifactStore? store;

    protected override IArtifactStore Store => store!;

    public ValueTask InitializeAsync()
    {
        Assert.SkipWhen(string.IsNullOrEmpty(Environment.GetEnvironmentVariable($"{Prefix}_ENDPOINT")), "no S3 server: set ITRA_TEST_S3_ENDPOINT, _ACCESS_KEY and _SECRET_KEY");
        store = new MinioArtifactStore(Settings());
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (store is null) return;
        store.Dispose();
        using var client = Settings().Connect();
        if (!await client.BucketExistsAsync(new BucketExistsArgs().WithBucket(Bucket))) return;
        await foreach (var item in client.ListObjectsEnumAsync(new ListObjectsArgs().WithBucket(Bucket).WithRecursive(true)))
            await client.RemoveObjectAsync(new RemoveObjectArgs().WithBucket(Bucket).WithObject(item.Key));
        await client.RemoveBucketAsync(new RemoveBucketArgs().WithBucket(Bucket));
    }

    protected override async Task DamageAsync(string sha256, byte[] bytes)
    {
        using var client = Settings().Connect();
        await client.PutObjectAsync(new PutObjectArgs().WithBucket(Bucket).WithObject($"sha256/{sha256[..2]}/{sha256[2..]}")
            .WithStreamData(new MemoryStream(bytes)).WithObjectSize(bytes.Length));
    }

    [Fact]
    public async Task A_file_of_several_parts_comes_back_whole()
    {
        var content = Content(12 << 20);
        var artifact = await Store.PutAsync(new MemoryStream(content), CancellationToken.None);
        await using var stream = await Store.OpenAsync(artifact.Sha256, CancellationToken.None);
        Assert.Equal(content.Length, stream.Length);
    }

    [Fact]
    public async Task A_wrong_secret_is_one_line_that_does_not_repeat_it()
    {
        using var wrong = new MinioArtifactStore(Settings("not-the-secret"));
        var error = await Assert.ThrowsAsync<UserErrorException>(() => wrong.PutAsync(new MemoryStream(Content(10)), CancellationToken.None));
        Assert.Contains("ITRA_S3_ACCESS_KEY", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("not-the-secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_upload_that_broke_goes_on_with_the_parts_that_are_missing()
    {
        using var line = new FaultyLine(Settings().Endpoint) { BreakUploadAfter = 5 << 20 };
        using var far = Parted(line);
        var content = Content(8 << 20);
        var error = await Assert.ThrowsAsync<UserErrorException>(() => far.PutAsync(new MemoryStream(content), CancellationToken.None));
        Assert.Contains("does not answer", error.Message, StringComparison.Ordinal);
        var before = line.Uploaded;

        var artifact = await far.PutAsync(new MemoryStream(content), CancellationToken.None);
        Assert.InRange(line.Uploaded - before, 1 << 20, 5 << 20);
        await using var stream = await far.OpenAsync(artifact.Sha256, CancellationToken.None);
        Assert.Equal(content.Length, stream.Length);
    }

    [Theory]
    [InlineData("500 Internal Server Error")]
    [InlineData("503 Service Unavailable")]
    public async Task A_server_that_fails_is_one_line_and_loses_nothing(string answer)
    {
        using var line = new FaultyLine(Settings().Endpoint) { Answer = answer };
        using var far = Parted(line);
        var content = Content(3 << 20);
        foreach (Func<Task> ask in new Func<Task>[] { () => far.PutAsync(new MemoryStream(content), CancellationToken.None), () => far.OpenAsync(new string('0', 64), CancellationToken.None) })
            Assert.DoesNotContain('\n', (await Assert.ThrowsAsync<UserErrorException>(ask)).Message);
        line.Answer = null;
        var artifact = await far.PutAsync(new MemoryStream(content), CancellationToken.None);
        Assert.True(await far.ExistsAsync(artifact.Sha256, CancellationToken.None));
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_asked_for_again_and_is_no_damage()
    {
        using var line = new FaultyLine(Settings().Endpoint);
        using var far = Parted(line);
        var content = Content(3 << 20);
        var artifact = await far.PutAsync(new MemoryStream(content), CancellationToken.None);
        line.AnswersToCut = 2;
        await using (var stream = await far.OpenAsync(artifact.Sha256, CancellationToken.None)) Assert.Equal(content.Length, stream.Length);
        line.AnswersToCut = 1000;
        Assert.Contains("does not answer", (await Assert.ThrowsAsync<UserErrorException>(() => far.OpenAsync(artifact.Sha256, CancellationToken.None))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_change_on_their_way_are_refused_by_the_server()
    {
        using var line = new FaultyLine(Settings().Endpoint) { Garble = true };
        using var far = Parted(line);
        await Assert.ThrowsAsync<UserErrorException>(() => far.PutAsync(new MemoryStream(Content(900_000)), CancellationToken.None));
        Assert.False(await Store.ExistsAsync(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Content(900_000))), CancellationToken.None));
    }

    [Fact]
    public async Task What_is_there_is_listed_and_removed_unless_it_is_young()
    {
        using var parted = PartedArtifactStore.Over(new MinioArtifactStore(Settings()), 1 << 20);
        var artifact = await parted.PutAsync(new MemoryStream(Content(3 << 20)), CancellationToken.None);
        List<StoredBlob> found = [];
        await foreach (var blob in parted.Inventory.ListAsync(CancellationToken.None)) found.Add(blob);
        Assert.Equal([StoredKind.Blob, StoredKind.Blob, StoredKind.Blob, StoredKind.Note], found.Select(f => f.Kind).Order());
        Assert.Equal(artifact.Sha256, found.Single(f => f.Kind == StoredKind.Note).Sha256);
        foreach (var blob in found)
        {
            Assert.False(await parted.Inventory.RemoveAsync(blob, blob.At.AddHours(-1), CancellationToken.None));
            Assert.True(await parted.Inventory.RemoveAsync(blob, blob.At.AddHours(1), CancellationToken.None));
        }
        Assert.False(await parted.ExistsAsync(artifact.Sha256, CancellationToken.None));
    }

    [Fact]
    public async Task What_is_reused_after_an_hour_is_as_new()
    {
        var artifact = await Store.PutAsync(new MemoryStream(Content(1000)), CancellationToken.None);
        using var later = new MinioArtifactStore(Settings(), new Later());
        await Task.Delay(TimeSpan.FromSeconds(1.1), TestContext.Current.CancellationToken);
        var before = await AtAsync();
        Assert.Equal(artifact, await Store.PutAsync(new MemoryStream(Content(1000)), CancellationToken.None));
        Assert.Equal(before, await AtAsync());
        Assert.Equal(artifact, await later.PutAsync(new MemoryStream(Content(1000)), CancellationToken.None));
        Assert.True(await AtAsync() > before);
        await using var stream = await Store.OpenAsync(artifact.Sha256, CancellationToken.None);
        Assert.Equal(1000, stream.Length);
    }

    private async Task<DateTimeOffset> AtAsync()
    {
        await foreach (var blob in ((IBlobInventory)store!).ListAsync(CancellationToken.None)) return blob.At;
        throw new InvalidOperationException("nothing is there");
    }

    private static PartedArtifactStore Parted(FaultyLine line) => PartedArtifactStore.Over(new MinioArtifactStore(Settings(endpoint: line.Endpoint)), 1 << 20);

    private sealed class Later : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddHours(2);
    }

    private static S3Settings Settings(string? secret = null, string? endpoint = null) => S3Settings.Read(name => name switch
    {
        $"{Prefix}_ENDPOINT" when endpoint is not null => endpoint,
        $"{Prefix}_BUCKET" => Bucket,
        $"{Prefix}_SECRET_KEY" when secret is not null => secret,
        _ => Environment.GetEnvironmentVariable(name),
    }, Prefix)!;
}

public sealed class S3SettingsTests
{
    [Fact]
    public async Task A_server_that_is_not_there_is_one_line_that_names_it()
    {
        using var store = new MinioArtifactStore(new S3Settings("http://127.0.0.1:9", "key", "secret"));
        var error = await Assert.ThrowsAsync<UserErrorException>(() => store.ExistsAsync(new string('0', 64), CancellationToken.None));
        Assert.Contains("127.0.0.1:9 does not answer", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("ftp://host", "key", "secret")]
    [InlineData("https://host/path", "key", "secret")]
    [InlineData("https://key:secret@host", "key", "secret")]
    [InlineData("https://host", "", "secret")]
    public void Settings_that_cannot_work_are_refused(string endpoint, string access, string secret) =>
        Assert.Throws<UserErrorException>(() => new S3Settings(endpoint, access, secret));

    [Theory]
    [InlineData("localhost:9000", "http://localhost:9000/")]
    [InlineData("https://s3.example.org", "https://s3.example.org/")]
    public void Https_is_spoken_where_the_endpoint_says_so(string endpoint, string url) =>
        Assert.Equal(url, new S3Settings(endpoint, "key", "secret").Endpoint.ToString());

    [Fact]
    public void Without_an_endpoint_there_are_no_settings() => Assert.Null(S3Settings.Read(_ => null));
}
