using System.Security.Cryptography;
using Itra.Domain;
using Itra.Trainer.Models;

namespace Itra.Trainer.Tests.Models;

public sealed class AtomicFileTests : IDisposable
{
    private readonly ScratchFolder scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void The_digest_and_the_size_are_the_file_s_also_of_parts_that_are_hashed_while_they_are_written()
    {
        var path = scratch.File("a.pt");
        byte[] large = new byte[5_000_001], small = [1, 2, 3];
        new Random(1).NextBytes(large);

        var written = AtomicFile.Write(path, stream =>
        {
            stream.Write(small);
            stream.Write(large);
            stream.Write(large, 1, 2_000_000);
            stream.Write(small);
        });

        byte[] expected = [.. small, .. large, .. large.AsSpan(1, 2_000_000), .. small];
        Assert.Equal(expected, File.ReadAllBytes(path));
        Assert.Equal(new WrittenFile(Convert.ToHexStringLower(SHA256.HashData(expected)), expected.Length), written);
    }

    [Fact]
    public void A_full_disk_is_one_line_that_names_the_file_and_leaves_the_old_file_alone()
    {
        var path = scratch.File("epoch_1.pt", "old"u8);

        // The kernel's own device that is always full.
        var error = Assert.Throws<UserErrorException>(() => AtomicFile.Write(path, _ =>
        {
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            full.Write("new"u8);
        }));

        Assert.Contains("no space left for " + path, error.Message, StringComparison.Ordinal);
        Assert.Contains("MB are free", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(scratch.Path));
    }

    [Fact]
    public void A_writer_that_fails_leaves_the_old_file_alone()
    {
        var path = scratch.File("epoch_1.pt", "old"u8);
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half of the n"u8);
            throw new InvalidOperationException();
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(scratch.Path));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_named()
    {
        var file = scratch.File("file", "x"u8);
        var error = Assert.Throws<UserErrorException>(() => AtomicFile.Write(Path.Combine(file, "below.pt"), _ => { }));
        Assert.Contains("below.pt", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_folder_is_made_and_an_old_file_replaced()
    {
        var path = Path.Combine(scratch.Path, "new", "a.bin");
        AtomicFile.Write(path, stream => stream.Write("one"u8));
        AtomicFile.Write(path, stream => stream.Write("two"u8));
        Assert.Equal("two", File.ReadAllText(path));
    }

    [Fact]
    public void What_a_killed_process_left_is_removed_and_of_two_writers_each_writes_all_of_it()
    {
        var path = scratch.File("epoch_latest.pt");
        File.WriteAllText(path + ".abc.tmp", "left by a killed process");
        AtomicFile.Write(path, stream =>
        {
            stream.Write("first, "u8);
            AtomicFile.Write(path, second => second.Write("second"u8));
            Assert.Equal("second", File.ReadAllText(path));
            stream.Write("done last"u8);
        });
        Assert.Equal("first, done last", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(scratch.Path));
    }

    [Fact]
    public void Several_that_write_the_same_file_at_once_leave_each_other_s_drafts_alone()
    {
        var path = scratch.File("shared/one");
        Parallel.For(0, 4, writer =>
        {
            for (var i = 0; i < 300; i++) AtomicFile.Write(path, stream => stream.WriteByte((byte)writer));
        });
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
        Assert.InRange(Assert.Single(File.ReadAllBytes(path)), 0, 3);
    }
}
