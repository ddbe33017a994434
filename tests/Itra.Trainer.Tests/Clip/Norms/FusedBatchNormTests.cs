using Itra.Trainer.Clip;
using Itra.Trainer.Clip.Norms;
using Itra.Trainer.Native;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Itra.Trainer.Tests.Clip.Norms;

public class FusedBatchNormTests
{
    private const int Channels = 96;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Values_gradients_and_statistics_are_those_of_the_operations_one_by_one(bool relu, bool withShortcut)
    {
        using var scope = NewDisposeScope();
        var fused = Compute(relu, withShortcut, fused: true);
        var plain = Compute(relu, withShortcut, fused: false);
        foreach (var (name, expected) in plain)
        {
            // Values are rounded once, to the eight bits of bfloat16: by 2^-8 of the power of two below them. Parameters' gradients are not.
            var allowed = name is "y" or "by x" or "by shortcut" ? 1.0 / 256 : 1e-5;
            Closeness.AssertClose(expected, fused[name].to(ScalarType.Float32), allowed, name);
        }
    }

    [Fact]
    public void Twice_the_same_gives_the_same_bits_on_two_threads()
    {
        using var scope = NewDisposeScope();
        var before = get_num_threads();
        set_num_threads(2);
        try
        {
            Dictionary<string, Tensor> first = Compute(relu: true, withShortcut: true, fused: true), second = Compute(relu: true, withShortcut: true, fused: true);
            Assert.All(first, f => Assert.True(f.Value.equal(second[f.Key]).all().item<bool>(), f.Key));
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void Without_gradients_the_values_are_the_same()
    {
        Assert.SkipUnless(ChannelVectors.IsSupported, "this processor has no AVX-512");
        using var scope = NewDisposeScope();
        var x = Layers.ChannelsLast(Noise(1, 1)).to(ScalarType.BFloat16);
        Tensor Run() => FusedBatchNorm.Run(x, ones(Channels), zeros(Channels), zeros(Channels), ones(Channels), relu: true, shortcut: null);
        Tensor without;
        using (no_grad()) without = Run();
        Assert.True(without.equal(Run().detach()).all().item<bool>());
    }

    [Fact]
    public void Other_types_orders_and_widths_are_left_to_libtorch()
    {
        using var scope = NewDisposeScope();
        var x = Noise(1, 1).to(ScalarType.BFloat16);
        Assert.Equal(ChannelVectors.IsSupported, FusedBatchNorm.Serves(Layers.ChannelsLast(x)));
        Assert.False(FusedBatchNorm.Serves(x));
        Assert.False(FusedBatchNorm.Serves(Layers.ChannelsLast(x.to(ScalarType.Float32))));
        Assert.False(FusedBatchNorm.Serves(Layers.ChannelsLast(x.narrow(1, 0, Channels - 1))));
    }

    /// <summary>The reference is computed in float32 from the same bfloat16 values.</summary>
    private static Dictionary<string, Tensor> Compute(bool relu, bool withShortcut, bool fused)
    {
        Assert.SkipUnless(ChannelVectors.IsSupported, "this processor has no AVX-512");
        var type = fused ? ScalarType.BFloat16 : ScalarType.Float32;
        // A mean far from zero, next to which the variance is small.
        Tensor Leaf(Tensor values) => Layers.ChannelsLast(values.to(ScalarType.BFloat16)).to(type).detach().requires_grad_(true);
        Tensor x = Leaf(Noise(1, 0.2).Plus(3)), shortcut = Leaf(Noise(2, 1)), toward = Noise(3, 1).to(ScalarType.BFloat16).to(type);
        Tensor weight = linspace(-1, 2, Channels).requires_grad_(true), bias = linspace(-0.5, 0.5, Channels).requires_grad_(true);
        Tensor mean = zeros(Channels), variance = ones(Channels);
        Tensor y;
        if (fused) y = FusedBatchNorm.Run(x, weight, bias, mean, variance, relu, withShortcut ? shortcut : null);
        else
        {
            y = F.batch_norm(x, mean, variance, weight, bias, training: true, IBatchNorm.Momentum, IBatchNorm.Epsilon);
            if (withShortcut) y = y.Plus(shortcut);
            if (relu) y = F.relu(y);
        }
        autograd.backward([y], [toward]);
        var results = new Dictionary<string, Tensor>
        {
            ["y"] = y.detach(), ["by x"] = x.grad!, ["by weight"] = weight.grad!, ["by bias"] = bias.grad!, ["mean"] = mean, ["variance"] = variance,
        };
        if (withShortcut) results["by shortcut"] = shortcut.grad!;
        return results;
    }

    private static Tensor Noise(int seed, double deviation)
    {
        using var random = new Generator((ulong)seed);
        return empty([3, Channels, 7, 5]).normal_(0, deviation, random);
    }
}
