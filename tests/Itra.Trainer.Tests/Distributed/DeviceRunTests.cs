using System.Diagnostics;
using Itra.Domain.Runs;
using Itra.Trainer.Distributed;
using Itra.Trainer.Tests.Clip;
using TorchSharp;

namespace Itra.Trainer.Tests.Distributed;

public sealed class DeviceRunTests : IDisposable
{
    private readonly TinyWorld world = new(images: 24);

    [Fact]
    public void A_run_on_three_devices_is_the_run_of_one_with_three_times_the_batch()
    {
        var one = Run(("batch_size", "6"), ("name", "one"));
        var three = Run(("batch_size", "2"), ("nproc_per_node", "3"), ("name", "three"));
        Assert.Equal(8, one.Losses.Count);
        Assert.Equal(one.Losses.Count, three.Losses.Count);
        Assert.All(one.Losses.Zip(three.Losses), l => Assert.Equal(l.First, l.Second, 1e-4 * l.First));
        Assert.Equal(one.Recalls, three.Recalls);
    }

    [Fact]
    public void Averaged_weights_score_the_same_on_three_devices_that_trained_them()
    {
        var one = Run(("batch_size", "6"), ("name", "one"), ("model_ema", "true"), ("model_ema_decay", "0.5"));
        var three = Run(("batch_size", "2"), ("nproc_per_node", "3"), ("name", "three"), ("model_ema", "true"), ("model_ema_decay", "0.5"));
        Assert.Equal(2, one.Recalls.Count);
        Assert.Equal(one.Recalls, three.Recalls);
    }

    [Fact]
    public void With_synchronised_batch_norm_a_run_on_several_devices_is_the_run_of_one()
    {
        using var resNets = new TinyWorld(images: 24, vit: false);
        // The first epoch at a small rate: in so small a network rounding grows tenfold within a few steps.
        List<double> Losses(params (string, string)[] settings) =>
            [.. resNets.Train(resNets.Spec([.. settings, ("opt", "sgd"), ("lr", "1e-5"), ("epochs", "1")]), TestContext.Current.CancellationToken).OfType<LogMetrics>().Select(m => m.Chunk.Values[0][0])];
        var one = Losses(("batch_size", "6"), ("name", "one"));
        var three = Losses(("batch_size", "2"), ("nproc_per_node", "3"), ("use_bn_sync", "true"), ("name", "three"));
        var apart = Losses(("batch_size", "2"), ("nproc_per_node", "3"), ("name", "apart"));
        Assert.Equal(4, one.Count);
        Assert.All(one.Zip(three), l => Assert.Equal(l.First, l.Second, 1e-4 * l.First));
        Assert.Contains(one.Zip(apart), l => Math.Abs(l.First - l.Second) > 1e-3 * l.First);
    }

    [Fact]
    public void A_device_that_fails_releases_those_that_wait_for_its_statistics()
    {
        using var team = new ReferenceTeam(Fixtures.ModelFolders().FirstOrDefault("*"), 4, 8, [("use_bn_sync", "true")]);
        team.Step(0);
        var error = Assert.Throws<InvalidDataException>(() => team.Team.Step(device => device == 2 ? throw new InvalidDataException("of device 2") : (torch.rand(2, 3, 64, 64), torch.zeros(2, 77, torch.int64)), 1));
        Assert.Equal("of device 2", error.Message);
    }

    [Fact]
    public void A_device_that_fails_ends_the_step_on_all_with_its_error()
    {
        using var team = new ReferenceTeam(Fixtures.ModelFolders().LastOrDefault("*"), 4, 8, []);
        team.Step(0);
        var since = Stopwatch.GetTimestamp();
        var error = Assert.Throws<InvalidDataException>(() => team.Team.Step(device => device == 2 ? throw new InvalidDataException("of device 2") : (torch.zeros(2, 3, 64, 64), torch.zeros(2, 77, torch.int64)), 1));
        Assert.Equal("of device 2", error.Message);
        Assert.Contains("device 2 cannot go on: of device 2", Assert.Throws<RankFailedException>(() => team.Step(2)).Message, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(since).TotalSeconds, 0, 20);
    }

    public void Dispose() => world.Dispose();

    // Not Adam, which makes steps of rounding noise where there is no gradient.
    private (List<double> Losses, List<double> Recalls) Run(params (string, string)[] settings)
    {
        var commands = world.Train(world.Spec([.. settings, ("opt", "sgd")]), TestContext.Current.CancellationToken).ToList();
        return ([.. commands.OfType<LogMetrics>().Select(m => m.Chunk.Values[0][0])], [.. commands.OfType<RecordRetrieval>().Select(r => r.Scores.MeanRecall)]);
    }
}
