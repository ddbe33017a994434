using System.Security.Cryptography;
using Itra.Domain.Artifacts;
using Itra.Tracking.Artifacts;

namespace Itra.Tracking.Tests.Artifacts;

/// <summary>What every artifact store does. Each test has a store that other tests do not touch.</summary>
public abstract class ArtifactStoreContract
{
    protected abstract IArtifactStore Store { get; }

    /// <summary>Replaces the bytes kept under a digest behind the store's back.</summary>
    protected abstract Task DamageAsync(string sha256, byte[] bytes);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_000_000)]
    public async Task What_is_put_comes_back_under_its_digest(int bytes)
    {
        var content = Content(bytes);
        var artifact = await Store.PutAsync(new MemoryStream(content), CancellationToken.None);

        Assert.Equal(new Artifact(Convert.ToHexStringLower(SHA256.HashData(content)), bytes), artifact);
        Assert.True(await Store.ExistsAsync(artifact.Sha256, CancellationToken.None));
        Assert.Equal(content, await ReadAsync(artifact.Sha256));
    }

    [Fact]
    public async Task The_same_bytes_put_twice_are_one_artifact()
    {
        var first = await Store.PutAsync(new MemoryStream(Content(1000)), CancellationToken.None);
        Assert.Equal(first, await Store.PutAsync(new MemoryStream(Content(1000)), CancellationToken.None));
        Assert.Equal(Content(1000), await ReadAsync(first.Sha256));
    }

    [Fact]
    public async Task Only_the_rest_of_a_stream_is_put()
    {
        var stream = new MemoryStream(Content(1000)) { Position = 400 };
        var artifact = await Store.PutAsync(stream, CancellationToken.None);
        Assert.Equal(600, artifact.Bytes);
        Assert.Equal(Content(1000)[400..], await ReadAsync(artifact.Sha256));
    }

    [Fact]
    public async Task What_was_never_put_is_missing()
    {
        var never = new string('0', 64);
        Assert.False(await Store.ExistsAsync(never, CancellationToken.None));
        var error = await Assert.ThrowsAsync<ArtifactMissingException>(() => Store.OpenAsync(never, CancellationToken.None));
        Assert.Contains(Store.Location, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_not_those_that_were_put_are_refused()
    {
        var artifact = await Store.PutAsync(new MemoryStream(Content(2000)), CancellationToken.None);
        await DamageAsync(artifact.Sha256, Content(1999));
        await Assert.ThrowsAsync<ArtifactDamagedException>(() => Store.OpenAsync(artifact.Sha256, CancellationToken.None));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("")]
    [InlineData("ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789")]
    public async Task What_is_not_a_digest_is_refused(string text)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Store.OpenAsync(text, CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.ExistsAsync(text, CancellationToken.None));
    }

    protected static byte[] Content(int bytes)
    {
        var content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        return content;
    }

    private async Task<byte[]> ReadAsync(string sha256)
    {
        await using var stream = await Store.OpenAsync(sha256, CancellationToken.None);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        return copy.ToArray();
    }
}
