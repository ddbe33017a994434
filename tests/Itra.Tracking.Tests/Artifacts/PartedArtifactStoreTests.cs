using Itra.Domain.Artifacts;
using Itra.Tracking.Artifacts;

namespace Itra.Tracking.Tests.Artifacts;

public sealed class PartedArtifactStoreTests : ArtifactStoreContract, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("itra-parted-").FullName;

    protected override IArtifactStore Store => PartedArtifactStore.Over(new FolderArtifactStore(folder));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    protected override Task DamageAsync(string sha256, byte[] bytes)
    {
        var path = Path.Combine(folder, sha256[..2], sha256[2..]);
        File.SetUnixFileMode(path, UnixFileMode.UserWrite | UnixFileMode.UserRead);
        return File.WriteAllBytesAsync(path, bytes);
    }

    [Fact]
    public async Task Ten_files_with_a_common_third_take_the_space_of_one_third_and_ten_times_the_rest()
    {
        const int Part = 100_000;
        for (var i = 0; i < 10; i++) await Store.PutAsync(new MemoryStream([.. Content(Part + 1 + i), .. Content(Part), .. Content(Part + 100 + i)]), [Part + 1 + i, (2 * Part) + 1 + i], CancellationToken.None);

        var bytes = Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
        var notes = 10 * 3 * 65;
        Assert.Equal(Part + Enumerable.Range(0, 10).Sum(i => (2 * Part) + 101 + (2 * i)) + notes, bytes);
    }

    [Fact]
    public async Task A_note_that_leads_to_other_bytes_than_were_put_is_refused()
    {
        var artifact = await Store.PutAsync(new MemoryStream(Content(3000)), [1000], CancellationToken.None);
        var note = Directory.GetFiles(folder, "*" + IPartNotes.Extension, SearchOption.AllDirectories).Single();
        File.SetUnixFileMode(note, UnixFileMode.UserWrite | UnixFileMode.UserRead);
        await File.WriteAllLinesAsync(note, (await File.ReadAllLinesAsync(note, TestContext.Current.CancellationToken)).Reverse(), TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<ArtifactDamagedException>(() => Store.OpenAsync(artifact.Sha256, CancellationToken.None));
        Assert.Contains(artifact.Sha256, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(100L)]
    [InlineData(101L)]
    [InlineData(50L, 50L)]
    [InlineData(60L, 50L)]
    public Task Cuts_that_part_nothing_are_refused(params long[] cuts) =>
        Assert.ThrowsAsync<ArgumentException>(() => Store.PutAsync(new MemoryStream(Content(100)), cuts, CancellationToken.None));
}
