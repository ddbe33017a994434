using System.Diagnostics;
using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Tracking.Artifacts;

namespace Itra.Tracking.Tests.Artifacts;

public sealed class FolderArtifactStoreTests : ArtifactStoreContract, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("itra-artifacts-").FullName;

    protected override IArtifactStore Store => new FolderArtifactStore(folder);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    protected override Task DamageAsync(string sha256, byte[] bytes)
    {
        var path = PathOf(sha256);
        File.SetUnixFileMode(path, UnixFileMode.UserWrite | UnixFileMode.UserRead);
        return File.WriteAllBytesAsync(path, bytes);
    }

    [Fact]
    public async Task A_blob_is_a_read_only_file_named_by_its_digest()
    {
        var artifact = await Store.PutAsync(new MemoryStream(Content(10)), CancellationToken.None);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead, File.GetUnixFileMode(PathOf(artifact.Sha256)));
    }

    [Fact]
    public async Task Nothing_is_left_of_a_put_that_breaks_off()
    {
        await Assert.ThrowsAsync<IOException>(() => Store.PutAsync(new BrokenStream(), CancellationToken.None));
        Assert.Empty(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_full_disk_is_named_with_the_bytes_that_were_needed_and_nothing_is_left()
    {
        var disk = Path.Combine(folder, "disk");
        Directory.CreateDirectory(disk);
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk) == 0, "a small disk can only be mounted by root");
        try
        {
            var store = new FolderArtifactStore(disk);
            await store.PutAsync(new MemoryStream(Content(400_000)), CancellationToken.None);
            var error = await Assert.ThrowsAsync<UserErrorException>(() => store.PutAsync(new MemoryStream(Content(900_000)), CancellationToken.None));
            Assert.Contains(disk, error.Message, StringComparison.Ordinal);
            Assert.Contains("900000 bytes", error.Message, StringComparison.Ordinal);
            Assert.Single(Directory.GetFiles(disk, "*", SearchOption.AllDirectories));
        }
        finally
        {
            Assert.Equal(0, Run("umount", disk));
        }
    }

    private string PathOf(string sha256) => Path.Combine(folder, sha256[..2], sha256[2..]);

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private sealed class BrokenStream : MemoryStream
    {
        public BrokenStream() : base(new byte[100]) { }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => throw new IOException("the cable was pulled");
    }
}
