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

    private static S3Settings Settings(string? secret = null) => S3Settings.Read(name => name switch
    {
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
