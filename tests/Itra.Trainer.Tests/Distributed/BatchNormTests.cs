using Itra.Trainer.Clip;
using Itra.Trainer.Clip.Norms;
using Itra.Trainer.Distributed;
using Itra.Trainer.Native;
using Itra.Trainer.Tests.Clip;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Distributed;

/// <summary>One layer over several devices against one device with all images.</summary>
public class BatchNormTests
{
    private const int Images = 16, Channels = 5;

    [Theory]
    [InlineData(2, 0)]
    [InlineData(4, 0)]
    [InlineData(8, 0)]
    [InlineData(4, 100)] // a mean far from 0 against a spread of 1: sums of squares would lose three more digits
    public void Synchronised_over_devices_it_is_that_of_one_device_with_all_images(int devices, int offset)
    {
        var input = Input(offset);
        var one = Run(LocalBatchNorm.Instance, input.X, input.Gradient);
        var parts = DeviceThreads.OnEach(devices, rank => Run(new SyncBatchNorm(rank, new BackwardFailure()), Share(input.X, rank.Rank, devices), Share(input.Gradient, rank.Rank, devices)));

        Closeness.AssertClose(one.Y, Together(parts, p => p.Y), 1e-5, "output");
        Closeness.AssertClose(one.ByX, Together(parts, p => p.ByX), 1e-5, "gradient by the input");
        Closeness.AssertClose(one.ByWeight, stack(parts.Select(p => p.ByWeight)).sum([0L]), 1e-5, "gradient by the weight");
        Closeness.AssertClose(one.ByBias, stack(parts.Select(p => p.ByBias)).sum([0L]), 1e-5, "gradient by the bias");
        foreach (var part in parts)
        {
            Closeness.AssertClose(one.Mean, part.Mean, 1e-5, "running mean");
            Closeness.AssertClose(one.Variance, part.Variance, 1e-5, "running variance");
            Assert.Equal(parts[0].Variance.data<float>().ToArray(), part.Variance.data<float>().ToArray());
        }
    }

    [Fact]
    public void In_the_shorter_type_its_statistics_are_those_of_the_longer()
    {
        var input = Input(0);
        var shorter = input.X.to(ScalarType.BFloat16);
        var one = Run(LocalBatchNorm.Instance, shorter.to(ScalarType.Float32), input.Gradient);
        var parts = DeviceThreads.OnEach(4, rank =>
        {
            using var autocast = Autocast.On(DeviceType.CPU, ScalarType.BFloat16);
            return Run(new SyncBatchNorm(rank, new BackwardFailure()), Share(shorter, rank.Rank, 4), Share(input.Gradient, rank.Rank, 4).to(ScalarType.BFloat16));
        });
        Assert.All(parts, p => Assert.Equal((ScalarType.BFloat16, ScalarType.BFloat16), (p.Y.dtype, p.ByX.dtype)));
        Closeness.AssertClose(one.Y, Together(parts, p => p.Y), 1.0 / 256, "output");
        Closeness.AssertClose(one.ByX, Together(parts, p => p.ByX), 1.0 / 128, "gradient by the input");
        Closeness.AssertClose(one.Mean, parts[0].Mean, 1e-5, "running mean");
        Closeness.AssertClose(one.Variance, parts[0].Variance, 1e-5, "running variance");
    }

    [Fact]
    public void Ghost_groups_are_normalised_as_devices_of_that_size_would_and_the_first_moves_the_statistics()
    {
        var input = Input(3);
        var all = Run(new GhostBatchNorm(4), input.X, input.Gradient);
        var groups = input.X.split(4).Zip(input.Gradient.split(4)).Select(g => Run(LocalBatchNorm.Instance, g.First, g.Second)).ToArray();
        Assert.Equal(4, groups.Length);
        Closeness.AssertClose(cat([.. groups.Select(g => g.Y)]), all.Y, 1e-6, "output");
        Closeness.AssertClose(cat([.. groups.Select(g => g.ByX)]), all.ByX, 1e-6, "gradient by the input");
        Closeness.AssertClose(stack(groups.Select(g => g.ByWeight)).sum([0L]), all.ByWeight, 1e-5, "gradient by the weight");
        Closeness.AssertClose(groups[0].Mean, all.Mean, 0, "running mean");
        Closeness.AssertClose(groups[0].Variance, all.Variance, 0, "running variance");
        Assert.NotEqual(groups[1].Mean.data<float>().ToArray(), all.Mean.data<float>().ToArray());
    }

    [Fact]
    public void An_exchange_that_fails_in_backward_is_told_when_autograd_has_returned()
    {
        var input = Input(0);
        var failure = new BackwardFailure();
        Run(new SyncBatchNorm(new Failing(), failure), input.X, input.Gradient);
        Assert.Equal("gone", Assert.Throws<RankFailedException>(failure.Rethrow).Message);
        failure.Rethrow(); // told once
    }

    private static (Tensor X, Tensor Gradient) Input(double offset)
    {
        using var random = new Generator(7);
        Tensor Normal() => randn([Images, Channels, 3, 2], generator: random);
        var scales = tensor([0.1f, 1, 1, 5, 20]).view(1, Channels, 1, 1);
        return (Normal() * (offset == 0 ? scales : ones([])) + tensor((float)offset), Normal());
    }

    private static Result Run(IBatchNorm norm, Tensor x, Tensor gradient)
    {
        var input = x.clone().requires_grad_(true);
        Tensor weight = arange(1, Channels + 1, ScalarType.Float32).requires_grad_(true), bias = full([Channels], 0.5f, ScalarType.Float32).requires_grad_(true);
        Tensor mean = zeros([Channels]), variance = ones([Channels]);
        var y = norm.Normalise(input, weight, bias, mean, variance);
        y.backward([gradient]);
        return new Result(y.detach(), input.grad!, weight.grad!, bias.grad!, mean, variance);
    }

    private static Tensor Share(Tensor rows, int device, int devices) => rows.unflatten(0, [-1, devices]).select(1, device).contiguous();

    private static Tensor Together(Result[] parts, Func<Result, Tensor> of) => stack(parts.Select(of), 1).flatten(0, 1);

    private sealed class Failing : ICollective
    {
        public int Rank => 0;

        public int WorldSize => 1;

        public IPendingSum Sum(Tensor vector) => throw new RankFailedException("gone");

        public Tensor Gather(Tensor rows) => rows;

        public void Broadcast(Tensor tensor)
        {
        }

        public void ThrowIfFailed()
        {
        }

        public void Abandon(Exception reason)
        {
        }
    }

    private sealed record Result(Tensor Y, Tensor ByX, Tensor ByWeight, Tensor ByBias, Tensor Mean, Tensor Variance);
}
