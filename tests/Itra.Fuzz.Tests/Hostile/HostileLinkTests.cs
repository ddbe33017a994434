using System.Diagnostics;
using Itra.Domain;
using Itra.Trainer.Data;
using Itra.Trainer.Data.Classification;
using Itra.Trainer.Data.Images;

namespace Itra.Fuzz.Tests.Hostile;

/// <summary>A data set with something else where a picture should be: soon refused, and never waited for.</summary>
[Trait("Category", "Fuzz")]
public sealed class HostileLinkTests : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Theory]
    [InlineData("/dev/zero", "no file")]
    [InlineData("/dev/random", "no file")]
    [InlineData("/", "no file")]
    [InlineData("bad.jpg", "circle")]
    public async Task A_link_to_what_is_no_file_is_a_broken_image(string target, string why)
    {
        File.CreateSymbolicLink(Path.Combine(scratch.Path, "bad.jpg"), target);
        await RefusedAsync(why);
    }

    [Fact]
    public async Task A_pipe_that_nobody_writes_is_a_broken_image()
    {
        using (var made = Process.Start("mkfifo", [Path.Combine(scratch.Path, "bad.jpg")])) await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        await RefusedAsync("no file");
        File.Move(Path.Combine(scratch.Path, "bad.jpg"), Path.Combine(scratch.Path, "data_batch_1.bin"));
        var refusal = await Assert.ThrowsAsync<UserErrorException>(() => Task.Run(() => DataFile.Read(scratch.Path, "data_batch_1.bin"), TestContext.Current.CancellationToken).WaitAsync(Soon, TestContext.Current.CancellationToken));
        Assert.Contains("no file", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_to_a_file_elsewhere_is_that_file()
    {
        var elsewhere = scratch.File("elsewhere/real.jpg", [1, 2, 3]);
        File.CreateSymbolicLink(Path.Combine(scratch.Path, "bad.jpg"), elsewhere);
        var print = await PrintAsync(skipBroken: false);
        Assert.Equal(3, print.Fingerprint.Bytes);
    }

    private async Task RefusedAsync(string why)
    {
        Assert.Contains(why, (await Assert.ThrowsAsync<UserErrorException>(() => PrintAsync(skipBroken: false))).Message, StringComparison.Ordinal);
        Assert.Equal(0, (await PrintAsync(skipBroken: true)).Fingerprint.Bytes);
        using var decoder = new ImageDecoder();
        var pixels = new PixelBuffer();
        var broken = await Assert.ThrowsAsync<BrokenImageException>(() => Task.Run(() => decoder.Decode(Path.Combine(scratch.Path, "bad.jpg"), pixels), TestContext.Current.CancellationToken).WaitAsync(Soon, TestContext.Current.CancellationToken));
        Assert.Contains(why, broken.Message, StringComparison.Ordinal);
    }

    private Task<FingerprintedSet> PrintAsync(bool skipBroken)
    {
        var path = scratch.File("a.csv", "filepath,title\nbad.jpg,a cat\n");
        var set = CaptionSets.OpenTraining(path, new() { Separator = ",", ImagesDirectory = scratch.Path });
        return Task.Run(() => Fingerprints.Of(set, Path.Combine(scratch.Path, "cache"), skipBroken), TestContext.Current.CancellationToken).WaitAsync(Soon, TestContext.Current.CancellationToken);
    }
}
