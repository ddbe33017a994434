using Itra.Domain;
using Itra.Domain.Training;
using Itra.Trainer.Data;

namespace Itra.Trainer.Tests.Data;

public sealed class CocoCaptionsTests : IDisposable
{
    private readonly CocoFolder coco = new(images: 12);

    private CaptionSource Source => new() { DatasetsDirectory = coco.Root };

    public void Dispose() => coco.Dispose();

    [Fact]
    public void Training_takes_images_by_ascending_id_and_their_first_five_captions()
    {
        var set = CaptionSets.OpenTraining("mscoco_captions", Source);
        Assert.Equal(Enumerable.Range(0, 12).Select(coco.ImagePath), set.Items.Select(i => i.ImagePath));
        Assert.Equal(["image 3 caption 0", "image 3 caption 1", "image 3 caption 2", "image 3 caption 3", "image 3 caption 4"], set.Items[3].Captions);
        Assert.All(set.Items, item => Assert.True(item.ConvertBeforeTransform));
    }

    [Fact]
    public void Retrieval_takes_the_validation_images_and_all_their_captions()
    {
        using var validation = new CocoFolder(3, "val2017");
        var set = CaptionSets.OpenRetrieval("mscoco_captions", new() { DatasetsDirectory = validation.Root });
        Assert.Equal((3, 18), (set.Items.Count, set.Items.Sum(i => i.Captions.Count)));
    }

    [Fact]
    public void A_tenth_is_the_first_tenth_rounded_down() =>
        Assert.Equal(coco.ImagePath(0), Assert.Single(CaptionSets.OpenTraining("mscoco_captions_x0.1", Source).Items).ImagePath);

    [Fact]
    public void Sets_named_with_commas_follow_each_other() =>
        Assert.Equal(13, CaptionSets.OpenTraining("mscoco_captions,mscoco_captions_x0.1", Source).Items.Count);

    [Fact]
    public void A_training_image_without_caption_is_named_or_skipped_and_counted()
    {
        coco.Write([1, 2, 3], [(1, "one"), (3, "three")]);
        var error = Assert.Throws<BrokenDataException>(() => CaptionSets.OpenTraining("mscoco_captions", Source));
        Assert.Contains("train2017/000000000002.jpg", error.Message, StringComparison.Ordinal);

        var set = CaptionSets.OpenTraining("mscoco_captions", Source with { SkipBroken = true });
        Assert.Equal(2, set.Items.Count);
        Assert.Equal("no caption", Assert.Single(set.Skipped).Reason);
    }

    [Theory]
    [InlineData("mscoco_captions_2014", "coco2014/train2014")]
    [InlineData("mscoco_captions_2015", "unknown data set")]
    public void A_set_that_is_not_there_says_what_was_expected(string name, string expected) =>
        Assert.Contains(expected, Assert.Throws<UserErrorException>(() => CaptionSets.OpenTraining(name, Source)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_forgotten_folder_is_asked_for() =>
        Assert.Contains("--datasets-dir", Assert.Throws<UserErrorException>(() => CaptionSets.OpenTraining("mscoco_captions", new())).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{\"images\": [")]
    [InlineData("{\"images\": []}")]
    public void A_malformed_annotation_file_is_named(string content)
    {
        File.WriteAllText(coco.Annotations, content);
        Assert.StartsWith(coco.Annotations, Assert.Throws<BrokenDataException>(() => CaptionSets.OpenTraining("mscoco_captions", Source)).Message, StringComparison.Ordinal);
    }
}
