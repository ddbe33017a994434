using System.Text;
using Itra.Domain;
using Itra.Domain.Training;
using Itra.Trainer.Data;

namespace Itra.Trainer.Tests.Data;

public sealed class CsvCaptionsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("itra-csv-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string Write(string content, string name = "pairs.csv", Encoding? encoding = null)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, content, encoding ?? new UTF8Encoding(false));
        return path;
    }

    [Fact]
    public void Training_makes_one_item_of_each_row_and_keeps_only_ascii()
    {
        var path = Write("filepath\ttitle\na.jpg\ta café\na.jpg\t\"a \"\"quoted\"\", caption\"\n/b/c.jpg\ta 10\" pizza\n");
        var set = CaptionSets.OpenTraining(path, new() { ImagesDirectory = "/images", Separator = @"\t" });
        Assert.Equal(["/images/a.jpg", "/images/a.jpg", "/b/c.jpg"], set.Items.Select(i => i.ImagePath));
        Assert.Equal(["a caf", "a \"quoted\", caption", "a 10\" pizza"], set.Items.Select(i => Assert.Single(i.Captions)));
        Assert.All(set.Items, item => Assert.False(item.ConvertBeforeTransform));
    }

    [Fact]
    public void Only_the_first_rows_are_used_when_a_size_is_given()
    {
        var path = Write("filepath,title\na.jpg,one\nb.jpg,two\nc.jpg,three\n");
        Assert.Equal(2, CaptionSets.OpenTraining(path, new() { Separator = ",", Size = 2 }).Items.Count);
    }

    [Fact]
    public void Retrieval_groups_rows_by_image_sorts_images_and_keeps_every_letter()
    {
        var path = Write("img,text\nb.jpg,second\na.jpg,café\nb.jpg,third\n");
        var set = CaptionSets.OpenRetrieval(path, new() { DatasetsDirectory = "/data", ImagesDirectory = "set", Separator = ",", ImageKey = "img", CaptionKey = "text" });
        Assert.Equal(["/data/set/a.jpg", "/data/set/b.jpg"], set.Items.Select(i => i.ImagePath));
        Assert.Equal(["café"], set.Items[0].Captions);
        Assert.Equal(["second", "third"], set.Items[1].Captions);
    }

    [Fact]
    public void A_path_with_rsicd_in_it_is_decoded_as_gb18030()
    {
        var path = Write("filepath\ttitle\na.tif\t飞机\n", "rsicd.csv", CodePagesEncodingProvider.Instance.GetEncoding("gb18030"));
        Assert.Equal(["飞机"], CaptionSets.OpenRetrieval(path, new() { DatasetsDirectory = "/" }).Items[0].Captions);
    }

    [Fact]
    public void A_missing_column_is_named_with_the_flag_that_sets_it()
    {
        var path = Write("filepath,caption\na.jpg,one\n");
        var error = Assert.Throws<UserErrorException>(() => CaptionSets.OpenTraining(path, new() { Separator = "," }));
        Assert.Contains("no column 'title' among 'filepath', 'caption'", error.Message, StringComparison.Ordinal);
        Assert.Contains("--csv-caption-key", error.Message, StringComparison.Ordinal);
        Assert.Contains("--retrieval-csv-caption-key", Assert.Throws<UserErrorException>(() =>
            CaptionSets.OpenRetrieval(path, new() { Separator = ",", DatasetsDirectory = "/" })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_without_caption_is_named_by_its_line_or_skipped_and_counted()
    {
        var path = Write("filepath,title\na.jpg,one\nb.jpg,\n");
        var source = new CaptionSource { Separator = "," };
        Assert.Contains("line 3 has no caption", Assert.Throws<BrokenDataException>(() => CaptionSets.OpenTraining(path, source)).Message, StringComparison.Ordinal);
        var set = CaptionSets.OpenTraining(path, source with { SkipBroken = true });
        Assert.Equal((1, new SkippedSample(path + ":3", "no caption")), (set.Items.Count, Assert.Single(set.Skipped)));
    }

    [Fact]
    public void An_absent_and_an_empty_file_each_say_so()
    {
        Assert.Contains("neither a file nor", Assert.Throws<UserErrorException>(() => CaptionSets.OpenTraining("CIFAR11", new())).Message, StringComparison.Ordinal);
        Assert.Contains("the file is empty", Assert.Throws<UserErrorException>(() => CaptionSets.OpenTraining(Write(""), new())).Message, StringComparison.Ordinal);
        Assert.Contains("holds no image", Assert.Throws<UserErrorException>(() => CaptionSets.OpenTraining(Write("filepath\ttitle\n"), new())).Message, StringComparison.Ordinal);
    }
}
