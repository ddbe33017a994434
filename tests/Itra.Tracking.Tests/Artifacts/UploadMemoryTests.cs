using System.Globalization;
using Itra.Tracking.Artifacts;

namespace Itra.Tracking.Tests.Artifacts;

/// <summary>Takes a minute and 4 GB of disk, and is worth something only alone: <c>-explicit only -class ...UploadMemoryTests</c>.</summary>
public sealed class UploadMemoryTests
{
    [Fact(Explicit = true)]
    public async Task Two_gigabytes_are_sent_and_read_back_in_64_megabytes()
    {
        Assert.SkipWhen(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("ITRA_TEST_S3_ENDPOINT")), "no S3 server: set ITRA_TEST_S3_ENDPOINT, _ACCESS_KEY and _SECRET_KEY");
        using var store = PartedArtifactStore.Over(new MinioArtifactStore(S3Settings.Read(Environment.GetEnvironmentVariable, "ITRA_TEST_S3")!));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose };
        await using var file = new FileStream(Path.Combine(Path.GetTempPath(), "itra-" + Path.GetRandomFileName()), options);
        file.SetLength(2L << 30);
        // Mostly holes, but no part like another.
        for (var mark = 0; mark < 2048; mark++)
        {
            file.Position = (long)mark << 20;
            file.Write(Guid.NewGuid().ToByteArray());
        }
        // Everything is loaded before it is counted.
        await store.PutAsync(new MemoryStream(new byte[1 << 20]), CancellationToken.None);

        var before = Peak();
        file.Position = 0;
        var artifact = await store.PutAsync(file, CancellationToken.None);
        var sent = Peak() - before;
        await using (var back = await store.OpenAsync(artifact.Sha256, CancellationToken.None)) Assert.Equal(2L << 30, back.Length);
        var read = Peak() - before;
        TestContext.Current.TestOutputHelper!.WriteLine($"resident memory grew by {sent / 1e6:F1} MB while sending, {read / 1e6:F1} MB in all");
        Assert.InRange(read, 0, 64 << 20);
    }

    /// <summary>The most memory that this process has had at a time.</summary>
    private static long Peak() =>
        1024 * long.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
