using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Trainer.Clip;
using Itra.Trainer.Data;
using Itra.Trainer.Tests.Clip;
using Itra.Trainer.Tests.Data.Classification;

namespace Itra.Trainer.Tests.Data;

public sealed class DataCheckTests : IDisposable
{
    private readonly TinyWorld world = new(images: 8);

    public void Dispose() => world.Dispose();

    [Fact]
    public void Sound_data_is_counted_and_has_the_digests_that_a_run_records()
    {
        MakeEvaluationDifferent();
        var report = Check();
        Assert.True(report.Sound);
        Assert.Equal([("train", 8, 40), ("retrieval", 8, 48)], report.Sets.Select(s => (s.Role, s.Items, s.Captions)));
        var recorded = world.Train(world.Spec(("epochs", "1")), TestContext.Current.CancellationToken).OfType<RecordDataset>();
        Assert.Equal(recorded.Select(r => r.Dataset.Digest), report.Sets.Select(s => s.Digest));
        Assert.All(report.Sets, s => Assert.Equal(0, s.TruncatedCaptions));
        Assert.Empty(report.Duplicates);
        Assert.Empty(report.Remarks);
    }

    [Fact]
    public void Every_broken_picture_is_named_not_only_the_first()
    {
        world.Coco.CutShort(2);
        File.Delete(world.Coco.ImagePath(5));
        var report = Check();
        Assert.False(report.Sound);
        Assert.Equal([world.Coco.ImagePath(2), world.Coco.ImagePath(5)], report.Sets[0].Broken.Select(b => b.Path));
        Assert.Equal("the file does not exist", report.Sets[0].Broken[1].Reason);
        Assert.Empty(report.Sets[1].Broken);
    }

    [Fact]
    public void A_picture_in_both_sets_is_found_by_its_content()
    {
        MakeEvaluationDifferent();
        var copy = Path.Combine(world.Coco.Root, "coco2017", "val2017", $"{3:d12}.jpg");
        File.Copy(world.Coco.ImagePath(6), copy, overwrite: true);
        Assert.Equal([new SharedPicture("retrieval", world.Coco.ImagePath(6), copy)], Check().Duplicates);
    }

    [Fact]
    public void Captions_that_the_text_tower_cuts_are_counted()
    {
        world.Coco.Write(Enumerable.Range(0, 8), Enumerable.Range(0, 8).Select(id => (id, id < 3 ? string.Join(' ', Enumerable.Repeat("caption", 15)) : "caption")));
        Assert.Equal([3, 0], Check().Sets.Select(s => s.TruncatedCaptions));
    }

    [Fact]
    public void Images_without_caption_are_named()
    {
        world.Coco.Write(Enumerable.Range(0, 8), Enumerable.Range(0, 7).Select(id => (id, "caption")));
        var report = Check();
        Assert.False(report.Sound);
        Assert.Contains($"{7:d12}.jpg", Assert.Single(report.Sets[0].WithoutCaption).Path, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_vocabulary_everything_else_is_checked()
    {
        var report = Check(("vocabulary", "none"));
        Assert.All(report.Sets, s => Assert.Null(s.TruncatedCaptions));
        Assert.Contains("no vocabulary none", Assert.Single(report.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Classification_sets_are_checked_too()
    {
        using var sets = new DataSetsFolder();
        sets.WriteImages("imagenet/val/tench/1.png", "imagenet/val/hen/2.png");
        var broken = sets.Write("imagenet/val/hen/3.png", "no picture");
        var report = Check(("train_data", ""), ("retrieval_data", ""), ("retrieval_frequency", "0"), ("zeroshot_frequency", "1"), ("datasets_dir", sets.Root));
        var set = Assert.Single(report.Sets);
        Assert.Equal(("zero-shot ImageNet", 3, broken), (set.Role, set.Items, Assert.Single(set.Broken).Path));
        Assert.Contains("2 of its 1000 classes", Assert.Single(report.Remarks), StringComparison.Ordinal);
    }

    [Fact]
    public void Progress_ends_with_all_pictures()
    {
        var seen = new Reports();
        Check(seen);
        Assert.Equal((16L, 16L), seen.Last);
    }

    [Fact]
    public void Nothing_to_check_is_an_error() =>
        Assert.Contains("no data to check", Assert.Throws<UserErrorException>(() => Check(("train_data", ""), ("retrieval_data", ""), ("retrieval_frequency", "0"), ("zeroshot_frequency", "1"))).Message, StringComparison.Ordinal);

    // The two splits of the tiny world are drawn alike.
    private void MakeEvaluationDifferent()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(world.Coco.Root, "coco2017", "val2017"))) File.AppendAllText(file, "other");
    }

    private DataCheckReport Check(params (string, string)[] changes) => Check(progress: null, changes);

    private DataCheckReport Check(IProgress<(long, long)>? progress, params (string, string)[] changes) =>
        new DataCheck(Path.Combine(world.Coco.Root, "models"), Path.Combine(world.Coco.Root, "cache")).Run(ClipConfig.Parse(world.Spec(changes).Config), progress, TestContext.Current.CancellationToken);

    private sealed class Reports : IProgress<(long Done, long Total)>
    {
        public (long, long) Last { get; private set; }

        public void Report((long Done, long Total) value) => Last = value;
    }
}
