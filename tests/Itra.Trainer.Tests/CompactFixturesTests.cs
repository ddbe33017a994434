using System.IO.Compression;

namespace Itra.Trainer.Tests;

public class CompactFixturesTests
{
    private const long MostBytes = 3_000_000;

    [Fact]
    public void The_compact_set_is_a_part_of_the_full_one_byte_for_byte()
    {
        Assert.SkipWhen(Fixtures.AreGiven, $"ITRA_FIXTURES names {Fixtures.Root}, of which the compact set is no part");
        using var archive = ZipFile.OpenRead(Fixtures.CompactArchive);
        Assert.NotEmpty(archive.Entries);
        foreach (var entry in archive.Entries)
        {
            using var stream = entry.Open();
            using var kept = new MemoryStream();
            stream.CopyTo(kept);
            Assert.True(kept.ToArray().AsSpan().SequenceEqual(File.ReadAllBytes(Fixtures.Find(entry.FullName.Split('/')))), $"{entry.FullName} differs");
        }
    }

    [Fact]
    public void The_compact_set_stays_small() => Assert.InRange(new FileInfo(Fixtures.CompactArchive).Length, 1, MostBytes);
}
