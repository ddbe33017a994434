using Itra.Trainer.Clip;
using Itra.Trainer.Data;
using Itra.Trainer.Distributed;
using Itra.Trainer.Evaluation;
using Itra.Trainer.Tests.Clip;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Evaluation;

public sealed class FeaturesTests : IDisposable
{
    private const int Batches = 23, Width = 4;

    private readonly DeviceTeam devices;
    private readonly ModelTensors weights = ModelTensors.Create([new TensorPlan("factor", [Width], Initialise.Constant(2))], seed: 1);

    public FeaturesTests()
    {
        var group = new DeviceGroup(3);
        devices = new DeviceTeam(group.Ranks, group, 1);
    }

    [Fact]
    public void Of_several_devices_are_those_of_one_in_the_order_of_the_batches()
    {
        using var replicas = Replicas.Copy(weights, devices);
        var (expected, expectedItems) = Features.Of(_ => Numbered(), Replicas.One(weights), Double, CancellationToken.None);
        var (actual, items) = Features.Of(_ => Numbered(), replicas, Double, CancellationToken.None);
        Assert.Equal(expectedItems, items);
        Closeness.AssertClose(expected, actual, 1e-6, "features");
        Assert.Equal([.. Enumerable.Range(0, Batches - 1).Select(b => 2f * (b + (b >= 5 ? 1 : 0)))], actual.select(1, 0).data<float>().ToArray());
    }

    [Fact]
    public void An_error_on_one_device_ends_the_work_of_all()
    {
        using var replicas = Replicas.Copy(weights, devices);
        var taken = 0;
        IEnumerable<EvaluationBatch> Endless()
        {
            while (true) yield return Batch(taken++);
        }
        var error = Assert.Throws<InvalidDataException>(() => Features.Of(_ => Endless(), replicas, (w, rows) => rows[0, 0].item<float>() == 7 ? throw new InvalidDataException("seven") : rows, CancellationToken.None));
        Assert.Equal("seven", error.Message);
        Assert.True(taken > 7);
    }

    [Fact]
    public void Whoever_stops_it_can_go_on_with_the_devices()
    {
        using var replicas = Replicas.Copy(weights, devices);
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => Features.Of(_ => Numbered(), replicas, (w, rows) =>
        {
            if (rows[0, 0].item<float>() == 3) stop.Cancel();
            return rows;
        }, stop.Token));
        Assert.Equal([3f, 3f, 3f], devices.OnAll(device =>
        {
            using var one = ones([1]);
            devices.Ranks[device].Sum(one).Wait();
            return one.item<float>();
        }));
    }

    public void Dispose()
    {
        weights.Dispose();
        devices.Dispose();
    }

    private static Tensor Double(ModelTensors weights, Tensor rows) => rows * weights["factor"];

    /// <summary>The sixth has lost all its rows.</summary>
    private static IEnumerable<EvaluationBatch> Numbered() => Enumerable.Range(0, Batches).Select(b => b == 5 ? new EvaluationBatch(zeros(0, Width).DetachFromDisposeScope(), []) : Batch(b));

    private static EvaluationBatch Batch(int number) => new(full([1, Width], (float)number, ScalarType.Float32).DetachFromDisposeScope(), [number]);
}
