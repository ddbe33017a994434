using Itra.Domain.Runs;
using Itra.Trainer.Models;

namespace Itra.Trainer.Tests.Clip;

public sealed class FrozenStretchesTests : IDisposable
{
    private readonly TinyWorld world = new();

    [Theory]
    [InlineData("lock_text_model", "true", "text_backbone.")]
    [InlineData("lock_image_model", "true", "image_backbone.")]
    [InlineData("lock_image_partial", "conv1,transformer", "image_backbone.conv1.weight")]
    public void What_is_frozen_lies_in_stretches_that_every_checkpoint_of_the_run_has_alike(string flag, string value, string frozen)
    {
        var saved = Train((flag, value), ("model_ema", "true"), ("model_ema_decay", "0.5")).OfType<SaveCheckpoint>().ToList();
        Assert.Equal(3, saved.Count);
        var stretches = saved.Select(s => Stretches(s).ToList()).ToList();

        Assert.NotEmpty(stretches[0]);
        Assert.All(stretches, s => Assert.Equal(stretches[0], s));
        Assert.NotEqual(File.ReadAllBytes(saved[0].Path), File.ReadAllBytes(saved[1].Path));
        using var file = SavedCheckpoint.Open(saved[0].Path);
        using var weights = file.ReadWeights();
        var bytes = weights.Where(w => w.Key.StartsWith(frozen, StringComparison.Ordinal)).Sum(w => w.Value.numel() * sizeof(float));
        Assert.True(stretches[0].Sum(s => (long)s.Length) >= bytes, $"{bytes} bytes are frozen");
    }

    [Fact]
    public void Where_everything_trains_nothing_is_cut() => Assert.All(Train().OfType<SaveCheckpoint>(), s => Assert.Empty(s.Cuts));

    [Fact]
    public void An_average_holds_what_is_frozen_once_with_the_raw_weights()
    {
        SaveCheckpoint Last(string average) => Train(("lock_image_model", "true"), ("model_ema", average), ("name", average)).OfType<SaveCheckpoint>().Last();
        string raw = Last("false").Path, averaged = Last("true").Path;
        using var without = SavedCheckpoint.Open(raw);
        using var weights = without.ReadWeights();
        var frozen = weights.Where(w => w.Key.StartsWith("image_backbone.", StringComparison.Ordinal)).Sum(w => w.Value.numel() * sizeof(float));
        var all = weights.Sum(w => w.Value.numel() * sizeof(float));
        // Some room for the names and headers of the average.
        Assert.InRange(new FileInfo(averaged).Length - new FileInfo(raw).Length, all - frozen, all - (frozen / 2));
    }

    public void Dispose() => world.Dispose();

    private List<RunCommand> Train(params (string, string)[] changes) =>
        [.. world.Train(world.Spec([("epochs", "3"), ("retrieval_frequency", "0"), .. changes]), TestContext.Current.CancellationToken)];

    private static IEnumerable<byte[]> Stretches(SaveCheckpoint saved)
    {
        var bytes = File.ReadAllBytes(saved.Path);
        return saved.Cuts.Chunk(2).Select(c => bytes[(int)c[0]..(int)c[1]]);
    }
}
