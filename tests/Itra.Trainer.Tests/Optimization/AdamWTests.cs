using Itra.Trainer.Clip;
using Itra.Trainer.Optimization;
using Itra.Trainer.Tests.Clip;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Optimization;

public class AdamWTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Operation_by_operation_it_makes_the_steps_of_the_fused_kernel(bool decoupled)
    {
        using var scope = NewDisposeScope();
        var (fused, single) = (Parameters(), Parameters());
        using var quick = new AdamW(fused, 0.9, 0.98, 1e-6, decoupled);
        using var slow = new AdamW(single, 0.9, 0.98, 1e-6, decoupled) { IsFused = false };
        Assert.True(quick.IsFused);
        using var random = new Generator(5);
        for (var step = 0; step < 5; step++)
        {
            fused.Gradient.normal_(0, 1, random);
            single.Gradient.copy_(fused.Gradient);
            quick.Step(1e-2);
            slow.Step(1e-2);
        }
        Closeness.AssertClose(fused.Data, single.Data, 1e-6, "weights");
        Assert.Equal(5, slow.Updates);
    }

    [Fact]
    public void The_norm_on_a_device_is_the_norm_on_the_host()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(6);
        var values = randn(100_003, generator: random);
        var host = PreciseNorm.Of(values, _ => throw new InvalidOperationException("nothing has to be brought"));
        using var squares = PreciseNorm.SumOnDevice(values);
        Assert.Equal(host, Math.Sqrt(squares.item<double>()), 1e-12 * host);
    }

    private static FlatParameters Parameters()
    {
        TensorPlan plan = new("w", [37, 5], Initialise.Normal(1));
        return new FlatParameters(ModelTensors.Create([plan], seed: 4), [new ParameterGroup(0.1, 1, [plan])]);
    }
}
