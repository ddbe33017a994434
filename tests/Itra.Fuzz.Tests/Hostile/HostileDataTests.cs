using System.IO.Compression;
using System.Text;
using Itra.Domain;
using Itra.Trainer.Data;
using Itra.Trainer.Data.Classification;

namespace Itra.Fuzz.Tests.Hostile;

[Trait("Category", "Fuzz")]
public sealed class HostileDataTests : IDisposable
{
    private const int Hundred = 100 << 20;
    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Theory]
    [InlineData("../secret.jpg")]
    [InlineData("a/../../secret.jpg")]
    [InlineData("..")]
    [InlineData("/images/../secret.jpg")]
    [InlineData("a\0.jpg")]
    public void A_path_in_a_csv_that_leads_elsewhere_is_refused_by_its_line(string image)
    {
        var path = scratch.File("a.csv", $"filepath,title\ngood.jpg,a cat\n{image},a dog\n");
        foreach (var skip in new[] { false, true })
        {
            var source = new CaptionSource { Separator = ",", ImagesDirectory = "/images", DatasetsDirectory = "/", SkipBroken = skip };
            Assert.Contains("line 3", Refused(() => CaptionSets.OpenTraining(path, source), path), StringComparison.Ordinal);
            Assert.Contains("line 3", Refused(() => CaptionSets.OpenRetrieval(path, source), path), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Dots_that_lead_nowhere_and_paths_from_the_root_are_as_good_as_ever()
    {
        var path = scratch.File("a.csv", "filepath,title\na..b/c...jpg,one\n./d.jpg,two\n/e/f.jpg,three\n");
        Assert.Equal(["/images/a..b/c...jpg", "/images/./d.jpg", "/e/f.jpg"], CaptionSets.OpenTraining(path, new() { Separator = ",", ImagesDirectory = "/images" }).Items.Select(i => i.ImagePath));
    }

    [Fact]
    public void A_csv_of_one_line_of_a_hundred_megabytes_is_refused_in_a_short_one()
    {
        var path = scratch.File("a.csv", []);
        using (var file = File.OpenWrite(path))
            for (var i = 0; i < Hundred / 1000; i++) file.Write(Encoding.ASCII.GetBytes(new string('x', 999) + ","));
        Refused(() => CaptionSets.OpenTraining(path, new() { Separator = "\t" }), path);
    }

    [Fact]
    public void A_quote_that_never_closes_is_one_field_and_not_a_trap()
    {
        var path = scratch.File("a.csv", "filepath,title\na.jpg,\"");
        using (var file = File.Open(path, FileMode.Append))
            for (var i = 0; i < 20; i++) file.Write(Encoding.ASCII.GetBytes(new string('\n', 1 << 20)));
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            Assert.Single(CaptionSets.OpenTraining(path, new() { Separator = "," }).Items);
        }
        catch (UserErrorException e)
        {
            Refusal.Of(e, path);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64L * (20 << 20));
    }

    [Theory]
    [InlineData("""{"images":[{"id":1,"file_name":"../../secret.jpg"}],"annotations":[]}""", "outside")]
    [InlineData("""{"images":[{"id":1,"file_name":"/etc/passwd"}],"annotations":[]}""", "outside")]
    [InlineData("""{"images":[{"id":1,"file_name":"a\u0000.jpg"}],"annotations":[]}""", "outside")]
    [InlineData("""{"images":null,"annotations":[]}""", "not an MS-COCO captions file")]
    [InlineData("""{"images":[null],"annotations":[]}""", "holds null")]
    [InlineData("""{"images":[],"annotations":[null]}""", "holds null")]
    [InlineData("""{"images":[{"id":1,"file_name":null}],"annotations":[]}""", "not an MS-COCO captions file")]
    [InlineData("""{"images":[{"id":1,"file_name":"\ud800"}],"annotations":[]}""", "not an MS-COCO captions file")]
    public void Annotations_that_lie_are_refused(string json, string because) => Assert.Contains(because, RefusedCoco(json), StringComparison.Ordinal);

    [Fact]
    public void Annotations_nested_a_hundred_thousand_deep_are_refused()
    {
        RefusedCoco("""{"images":[],"annotations":[],"info":""" + new string('[', 100_000));
        RefusedCoco(string.Concat(Enumerable.Repeat("""{"images":""", 100_000)));
    }

    [Fact]
    public void Folders_that_contain_themselves_end_in_a_refusal_and_not_in_a_maze()
    {
        scratch.File("set/train/cat/a.jpg", [1]);
        scratch.File("set/train/dog/b.jpg", [1]);
        var (set, train) = (Path.Combine(scratch.Path, "set"), Path.Combine(scratch.Path, "set", "train"));
        Directory.CreateSymbolicLink(Path.Combine(train, "eel"), Path.Combine(train, "cat"));
        Assert.Equal(["cat/a.jpg", "dog/b.jpg", "eel/a.jpg"], ImageFolder.Read(set, SetPart.Train).Files.Select(f => f.Name));

        foreach (var name in new[] { "one", "two" }) Directory.CreateSymbolicLink(Path.Combine(train, "dog", name), train);
        Assert.Contains("is a symbolic link", Refused(() => ImageFolder.Read(set, SetPart.Train), train), StringComparison.Ordinal);
        foreach (var name in new[] { "one", "two" }) Directory.Delete(Path.Combine(train, "dog", name));
        Directory.CreateSymbolicLink(Path.Combine(train, "fox"), train);
        Assert.Contains("is a symbolic link", Refused(() => ImageFolder.Read(set, SetPart.Train), train), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gzip_bomb_is_refused_before_it_has_unfolded()
    {
        using var part = new MemoryStream();
        using (var zip = new GZipStream(part, CompressionLevel.Fastest, leaveOpen: true)) zip.Write(new byte[32 << 20]);
        var path = scratch.File("t10k-images-idx3-ubyte.gz", [.. Enumerable.Repeat(part.ToArray(), 33).SelectMany(p => p)]);
        Assert.Contains("unfolds to more", Refused(() => DataFile.Read(scratch.Path, "t10k-images-idx3-ubyte"), path), StringComparison.Ordinal);
    }

    private string RefusedCoco(string json)
    {
        Directory.CreateDirectory(Path.Combine(scratch.Path, "coco2017/train2017"));
        var path = scratch.File("coco2017/annotations/captions_train2017.json", json);
        return Refused(() => CaptionSets.OpenTraining("mscoco_captions", new() { DatasetsDirectory = scratch.Path, SkipBroken = true }), path);
    }

    private static string Refused(Func<object> read, string path)
    {
        var refusal = Assert.ThrowsAny<UserErrorException>(read);
        Refusal.Of(refusal, path);
        return refusal.Message;
    }
}
