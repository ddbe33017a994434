using Itra.Domain;
using Itra.Domain.Training;
using Itra.Trainer.Data;

namespace Itra.Trainer.Tests.Data;

public sealed class FingerprintsTests : IDisposable
{
    private readonly CocoFolder coco = new(images: 4);

    private string Cache => Path.Combine(coco.Root, "cache");

    public void Dispose() => coco.Dispose();

    private DatasetFingerprint Print(bool skipBroken = false) =>
        Fingerprints.Of(Open(), Cache, skipBroken, TestContext.Current.CancellationToken).Fingerprint;

    private CaptionSet Open() => CaptionSets.OpenTraining("mscoco_captions", new() { DatasetsDirectory = coco.Root });

    [Fact]
    public void A_fingerprint_counts_items_captions_and_bytes()
    {
        var print = Print();
        Assert.Equal((4, 20), (print.Items, print.Captions));
        Assert.Equal(Directory.GetFiles(coco.Images).Sum(f => new FileInfo(f).Length), print.Bytes);
        Assert.Matches("^[0-9a-f]{64}$", print.Digest);
        Assert.Equal(print, Print());
    }

    [Fact]
    public void The_digest_does_not_depend_on_where_the_data_set_lies()
    {
        using var other = new CocoFolder(images: 4);
        var there = CaptionSets.OpenTraining("mscoco_captions", new() { DatasetsDirectory = other.Root });
        Assert.Equal(Print(), Fingerprints.Of(there, Path.Combine(other.Root, "cache"), cancellation: TestContext.Current.CancellationToken).Fingerprint);
    }

    [Fact]
    public void Another_byte_or_another_caption_gives_another_digest()
    {
        var before = Print();
        coco.Write([0, 1, 2, 3], Enumerable.Range(0, 4).Select(id => (id, "another")));
        var captions = Print();
        File.AppendAllText(coco.ImagePath(2), "x");
        var bytes = Print();
        Assert.Equal(3, new[] { before.Digest, captions.Digest, bytes.Digest }.Distinct().Count());
    }

    [Fact]
    public void A_link_counts_as_the_file_behind_it_also_when_that_changes()
    {
        var before = Print();
        var (path, elsewhere) = (coco.ImagePath(1), Path.Combine(coco.Root, "elsewhere.jpg"));
        File.Move(path, elsewhere);
        File.CreateSymbolicLink(path, elsewhere);
        Assert.Equal(before, Print());
        File.AppendAllText(elsewhere, "x");
        Assert.Equal(before.Bytes + 1, Print().Bytes);
        Assert.NotEqual(before.Digest, Print().Digest);
        File.Delete(elsewhere);
        Assert.Contains("1 of 4 images are missing", Assert.Throws<UserErrorException>(() => Print()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_did_not_change_is_not_read_again()
    {
        var before = Print();
        var (path, changed) = (coco.ImagePath(1), File.GetLastWriteTimeUtc(coco.ImagePath(1)));
        var content = File.ReadAllBytes(path);
        content[^5] ^= 1;
        File.WriteAllBytes(path, content);
        File.SetLastWriteTimeUtc(path, changed);
        Assert.Equal(before.Digest, Print().Digest);
        Directory.Delete(Cache, recursive: true);
        Assert.NotEqual(before.Digest, Print().Digest);
    }

    [Fact]
    public void Missing_images_are_counted_and_the_first_is_named()
    {
        File.Delete(coco.ImagePath(1));
        File.Delete(coco.ImagePath(3));
        var error = Assert.Throws<UserErrorException>(() => Print());
        Assert.Contains($"2 of 4 images are missing, the first is {coco.ImagePath(1)}", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, Print(skipBroken: true).Items);
    }
}
