using Itra.Trainer.Data;

namespace Itra.Trainer.Tests.Data;

public sealed class EvaluationLoaderTests : IDisposable
{
    private readonly CocoFolder coco = new(images: 5, "val2017");
    private readonly ClipTokenizer tokenizer;
    private readonly CaptionSet set;

    public EvaluationLoaderTests()
    {
        set = CaptionSets.OpenRetrieval("mscoco_captions", new() { DatasetsDirectory = coco.Root });
        var vocabulary = Path.Combine(coco.Root, "vocabulary.gz");
        BpeLearner.Learn(set.Items.SelectMany(i => i.Captions), 100, vocabulary);
        tokenizer = ClipTokenizer.Load(vocabulary);
    }

    public void Dispose() => coco.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Every_image_comes_once_in_order_the_last_batch_as_small_as_it_is(int workers)
    {
        var shapes = new List<string>();
        var items = new List<int>();
        foreach (var batch in new EvaluationLoader(set, tokenizer, 12, 32, 2, workers).Images(Shard.All, TestContext.Current.CancellationToken))
        {
            using (batch) shapes.Add(string.Join('x', batch.Rows.shape));
            items.AddRange(batch.Items);
        }
        Assert.Equal(["2x32x32x3", "2x32x32x3", "1x32x32x3"], shapes);
        Assert.Equal([0, 1, 2, 3, 4], items);
    }

    [Fact]
    public void Every_caption_comes_once_with_the_item_it_belongs_to()
    {
        var (rows, items) = (0L, new List<int>());
        foreach (var batch in new EvaluationLoader(set, tokenizer, 12, 32, 7, 0).Captions(Enumerable.Range(0, set.Items.Count), Shard.All))
        {
            using (batch)
            {
                Assert.All(Enumerable.Range(0, (int)batch.Rows.shape[0]), i => Assert.Equal(tokenizer.StartToken, batch.Rows[i, 0].item<long>()));
                rows += batch.Rows.shape[0];
            }
            items.AddRange(batch.Items);
        }
        Assert.Equal(30, rows);
        Assert.Equal(Enumerable.Range(0, 5).SelectMany(i => Enumerable.Repeat(i, 6)), items);
    }

    [Fact]
    public void An_unreadable_image_is_an_error_or_is_left_out_and_remembered()
    {
        coco.CutShort(1);
        Assert.Throws<BrokenImageException>(() => new EvaluationLoader(set, tokenizer, 12, 32, 2, 1).Images(Shard.All, TestContext.Current.CancellationToken).Count());

        var skipped = new SkipLog();
        var loader = new EvaluationLoader(set, tokenizer, 12, 32, 2, 1, skipped);
        var items = new List<int>();
        foreach (var batch in loader.Images(Shard.All, TestContext.Current.CancellationToken))
        {
            Assert.Equal(batch.Items.Count, batch.Rows.shape[0]);
            items.AddRange(batch.Items);
            batch.Dispose();
        }
        Assert.Equal([0, 2, 3, 4], items);
        Assert.Equal(coco.ImagePath(1), Assert.Single(skipped.In(0)).Path);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Several_processes_have_each_batch_once(int workers)
    {
        var loader = new EvaluationLoader(set, tokenizer, 12, 32, 2, workers);
        List<int>[] images = [.. Enumerable.Range(0, 4).Select(i => Items(loader.Images(new Shard(i, 4), TestContext.Current.CancellationToken)))];
        Assert.Equal(["0 1", "2 3", "4", ""], images.Select(i => string.Join(' ', i)));
        Assert.Equal([2, 1], Enumerable.Range(0, 2).Select(i => new Shard(i, 2).Of(3)));
        List<int>[] captions = [.. Enumerable.Range(0, 2).Select(i => Items(loader.Captions([3, 1], new Shard(i, 2))))];
        Assert.Equal(["3 3 3 3 1 1", "3 3 1 1 1 1"], captions.Select(c => string.Join(' ', c)));
    }

    private static List<int> Items(IEnumerable<EvaluationBatch> batches)
    {
        var items = new List<int>();
        foreach (var batch in batches)
        {
            using (batch) items.AddRange(batch.Items);
        }
        return items;
    }
}
