using System.Security.Cryptography;
using Itra.Trainer.Data;
using Itra.Trainer.Data.Images;

namespace Itra.Trainer.Tests.Data;

public sealed class PairLoaderTests : IDisposable
{
    private readonly CocoFolder coco = new(images: 11);
    private readonly ClipTokenizer tokenizer;
    private readonly CaptionSet set;

    public PairLoaderTests()
    {
        set = CaptionSets.OpenTraining("mscoco_captions", new() { DatasetsDirectory = coco.Root });
        var vocabulary = Path.Combine(coco.Root, "vocabulary.gz");
        BpeLearner.Learn(set.Items.SelectMany(i => i.Captions), 100, vocabulary);
        tokenizer = ClipTokenizer.Load(vocabulary);
    }

    public void Dispose() => coco.Dispose();

    private PairLoader Loader(int workers, bool skipBroken = false, int episodeSize = 0, ulong seed = 7) => new(set, tokenizer, new PairLoading
    {
        Transform = new RandomResizedCrop(32),
        ContextLength = 12,
        BatchSize = 3,
        Workers = workers,
        Seed = seed,
        SkipBroken = skipBroken,
        EpisodeSize = episodeSize,
    });

    private sealed record Taken(string Pixels, string Tokens, int[] Samples)
    {
        public string Content => $"{Pixels} / {Tokens} / {string.Join(' ', Samples)}";
    }

    private static List<Taken> Take(PairLoader loader, int epoch, int firstBatch = 0)
    {
        var taken = new List<Taken>();
        foreach (var batch in loader.Epoch(epoch, firstBatch, TestContext.Current.CancellationToken))
        {
            using (batch) taken.Add(new(Convert.ToHexString(SHA256.HashData(batch.Pixels.bytes)), string.Join(' ', batch.Tokens.data<long>()), [.. batch.Samples]));
        }
        return taken;
    }

    private static IEnumerable<string> Contents(PairLoader loader, int epoch, int firstBatch = 0) => Take(loader, epoch, firstBatch).Select(b => b.Content);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Batches_do_not_depend_on_the_number_of_workers(int workers)
    {
        Assert.Equal(Contents(Loader(0), 0), Contents(Loader(workers), 0));
        Assert.Equal(Contents(Loader(0), 5), Contents(Loader(workers), 5));
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    [InlineData(4, 1)]
    public void The_processes_of_a_training_together_make_the_batch_of_one_in_its_order(int processes, int devices)
    {
        var world = processes * devices;
        PairLoader Of(BatchShare? share) => new(set, tokenizer, new PairLoading { Transform = new RandomResizedCrop(32), ContextLength = 12, BatchSize = 2 * world, Workers = 1, Seed = 7, Share = share });
        using var whole = Of(null).Epoch(3, 0, TestContext.Current.CancellationToken).First();
        var parts = Enumerable.Range(0, processes).Select(p => Of(new BatchShare(p * devices, devices, world)).Epoch(3, 0, TestContext.Current.CancellationToken).First()).ToList();
        for (var row = 0; row < 2 * world; row++)
        {
            var (rank, turn) = (row % world, row / world);
            var (part, mine) = (parts[rank / devices], turn * devices + rank % devices);
            Assert.Equal((whole.Samples[row], whole.Captions[row]), (part.Samples[mine], part.Captions[mine]));
            Assert.Equal(whole.Tokens[row].data<long>().ToArray(), part.Tokens[mine].data<long>().ToArray());
            Assert.Equal(whole.Pixels[row].data<byte>().ToArray(), part.Pixels[mine].data<byte>().ToArray());
        }
        Assert.All(parts, p => Assert.Equal(2 * devices, p.Samples.Count));
        foreach (var part in parts) part.Dispose();
    }

    [Fact]
    public void An_epoch_entered_in_the_middle_goes_on_as_it_would_have() =>
        Assert.Equal(Contents(Loader(2), 1).Skip(2), Contents(Loader(2), 1, firstBatch: 2));

    [Fact]
    public void An_incomplete_last_batch_is_scheduled_but_not_given()
    {
        var loader = Loader(2);
        Assert.Equal((11, 3, 4), (loader.Length, loader.BatchesPerEpoch, loader.ScheduledBatches));
        var batches = Take(loader, 0);
        Assert.Equal(3, batches.Count);
        Assert.Equal(9, batches.SelectMany(b => b.Samples).Distinct().Count());
    }

    [Fact]
    public void Epochs_and_seeds_give_other_orders_crops_and_captions()
    {
        var first = Take(Loader(1), 0);
        Assert.NotEqual(first[0].Pixels, Take(Loader(1), 1)[0].Pixels);
        Assert.NotEqual(first[0].Tokens, Take(Loader(1, seed: 8), 0)[0].Tokens);
    }

    [Fact]
    public void An_episode_has_its_own_length()
    {
        var batches = Take(Loader(2, episodeSize: 30), 0);
        Assert.Equal(10, batches.Count);
        Assert.Equal(11, batches.SelectMany(b => b.Samples).Distinct().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_broken_image_surfaces_where_it_is_used_and_is_named(int workers)
    {
        coco.CutShort(4);
        var error = Assert.Throws<BrokenImageException>(() => { for (int epoch = 0; epoch < 20; epoch++) Take(Loader(workers), epoch); });
        Assert.Equal(coco.ImagePath(4), error.Path);
    }

    [Fact]
    public void A_broken_image_gives_way_to_the_next_in_the_order_and_is_counted_once()
    {
        var order = SampleOrder.Permutation(7, 0, 11);
        coco.CutShort(order[4]);
        File.Delete(coco.ImagePath(order[5]));
        foreach (int workers in new[] { 0, 3 })
        {
            var loader = Loader(workers, skipBroken: true);
            var samples = Take(loader, 0).SelectMany(b => b.Samples).ToArray();
            Assert.Equal([order[0], order[1], order[2], order[3], order[6], order[6], order[6], order[7], order[8]], samples);
            Assert.Equal(new[] { coco.ImagePath(order[4]), coco.ImagePath(order[5]) }.Order(), loader.SkippedIn(0).Select(s => s.Path));
            Assert.Empty(loader.SkippedIn(1));
        }
    }

    [Fact]
    public void What_processes_with_the_set_in_different_folders_leave_out_is_named_once_as_the_first_has_it()
    {
        using var other = new CocoFolder(images: 11);
        int[] order = [.. Take(Loader(0), 0).SelectMany(b => b.Samples)];
        foreach (var folder in new[] { coco, other })
            foreach (var broken in order.Skip(4).Take(2)) File.WriteAllBytes(folder.ImagePath(broken), [1, 2, 3]);
        var loaders = new[] { coco, other }.Select((folder, process) => new PairLoader(
            CaptionSets.OpenTraining("mscoco_captions", new() { DatasetsDirectory = folder.Root, SkipBroken = true }), tokenizer,
            new PairLoading { Transform = new RandomResizedCrop(32), ContextLength = 12, BatchSize = 2, Workers = 1, Seed = 7, SkipBroken = true, Share = new BatchShare(process, 1, 2) })).ToList();
        foreach (var loader in loaders) Take(loader, 0);
        Assert.Equal(2, loaders[1].SkippedIn(0).Concat(loaders[0].SkippedIn(0)).DistinctBy(s => Path.GetFileName(s.Path)).Count());
        Assert.NotEmpty(loaders[0].SkippedIn(0).IntersectBy(loaders[1].SkippedIn(0).Select(s => Path.GetFileName(s.Path)), s => Path.GetFileName(s.Path)));
        var merged = SkipLog.Merge([loaders[0].SkippedIn(0), loaders[0].Located(loaders[1].NumbersSkippedIn(0, int.MaxValue))]);
        Assert.Equal(new[] { coco.ImagePath(order[4]), coco.ImagePath(order[5]) }.Order(), merged.Select(s => s.Path));
    }

    [Fact]
    public void Every_image_broken_is_an_error_even_when_broken_ones_are_skipped()
    {
        foreach (var file in Directory.GetFiles(coco.Images)) File.Delete(file);
        Assert.Contains("not one of 11", Assert.Throws<Domain.UserErrorException>(() => Take(Loader(1, skipBroken: true), 0)).Message, StringComparison.Ordinal);
    }
}
