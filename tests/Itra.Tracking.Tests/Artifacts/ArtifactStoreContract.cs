using System.Security.Cryptography;
using Itra.Domain.Artifacts;
using Itra.Tracking.Artifacts;

namespace Itra.Tracking.Tests.Artifacts;

/// <summary>What every artifact store does. Each test has a store that other tests do not touch.</summary>
public abstract class ArtifactStoreContract
{
    protected abstract IArtifactStore Store { get; }

    /// <summary>The same store as the program uses it: with parts.</summary>
    private PartedArtifactStore PartedStore => Store switch
    {
        FolderArtifactStore folder => PartedArtifactStore.Over(folder),
        MinioArtifactStore bucket => PartedArtifactStore.Over(bucket),
        var parted => (PartedArtifactStore)parted,
    };

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

    [Theory]
    [InlineData(1)]
    [InlineData(1_500_000)]
    [InlineData(2_999_999)]
    public async Task A_file_with_cuts_comes_back_whole_under_its_own_digest(int cut)
    {
        var content = Content(3_000_000);
        var stream = new MemoryStream([.. Content(7), .. content]) { Position = 7 };
        var artifact = await PartedStore.PutAsync(stream, [cut], CancellationToken.None);

        Assert.Equal(new Artifact(Convert.ToHexStringLower(SHA256.HashData(content)), content.Length), artifact);
        Assert.True(await PartedStore.ExistsAsync(artifact.Sha256, CancellationToken.None));
        Assert.Equal(content, await ReadAsync(PartedStore, artifact.Sha256));
        // The same bytes whole are the same artifact.
        Assert.Equal(artifact, await PartedStore.PutAsync(new MemoryStream(content), CancellationToken.None));
    }

    [Fact]
    public async Task A_part_that_two_files_share_is_damaged_in_both()
    {
        byte[] common = Content(5000), head = Content(10), tail = Content(20);
        var first = await PartedStore.PutAsync(new MemoryStream([.. head, .. common]), [10], CancellationToken.None);
        var second = await PartedStore.PutAsync(new MemoryStream([.. common, .. tail]), [5000], CancellationToken.None);
        await DamageAsync(Convert.ToHexStringLower(SHA256.HashData(common)), Content(4999));
        foreach (var artifact in new[] { first, second })
            await Assert.ThrowsAsync<ArtifactDamagedException>(() => PartedStore.OpenAsync(artifact.Sha256, CancellationToken.None));
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

    private Task<byte[]> ReadAsync(string sha256) => ReadAsync(Store, sha256);

    private static async Task<byte[]> ReadAsync(IArtifactStore store, string sha256)
    {
        await using var stream = await store.OpenAsync(sha256, CancellationToken.None);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        return copy.ToArray();
    }
}
