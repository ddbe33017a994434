using Itra.Domain;
using Itra.Trainer.Models;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Models;

public sealed class SavedCheckpointTests : IDisposable
{
    private readonly ScratchFolder scratch = new();
    private readonly TorchSharp.DisposeScope scope = NewDisposeScope();

    public void Dispose()
    {
        scope.Dispose();
        scratch.Dispose();
    }

    [Fact]
    public void Everything_that_a_checkpoint_holds_comes_back()
    {
        var path = Write(new()
        {
            ["epoch"] = 7,
            ["name"] = "coco",
            ["state_dict"] = new OrderedDictionary<string, Tensor> { ["logit_scale"] = tensor(2.5f) },
            ["optimizer"] = new Dictionary<string, object?>
            {
                ["state"] = new Dictionary<int, object?> { [0] = new Dictionary<string, Tensor> { ["step"] = tensor(20f), ["exp_avg"] = arange(3, ScalarType.Float32) } },
                ["param_groups"] = new List<object?> { new Dictionary<string, object?> { ["lr"] = 1e-5, ["betas"] = (0.9, 0.999), ["params"] = new List<int> { 0 } } },
            },
            ["scaler"] = new Dictionary<string, object?> { ["scale"] = 65536.0 },
            ["itra"] = new Dictionary<string, object?> { ["step"] = 140L, ["seed"] = 1 },
        });

        using var checkpoint = SavedCheckpoint.Open(path);
        Assert.Equal((7, "coco"), (checkpoint.Epoch, checkpoint.Name));
        using var weights = checkpoint.ReadWeights();
        Assert.Equal(2.5f, weights["logit_scale"].item<float>());
        Assert.Equal([0f, 1f, 2f], checkpoint.Load((TensorRef)checkpoint.Optimizer!.State[0]["exp_avg"]!).data<float>().ToArray());
        var group = Assert.Single(checkpoint.Optimizer.Groups);
        Assert.Equal(1e-5, group["lr"]);
        Assert.Equal([0.9, 0.999], (object?[])group["betas"]!);
        Assert.Equal([0L], (List<object?>)group["params"]!);
        Assert.Equal(65536.0, checkpoint.Scaler!["scale"]);
        Assert.Equal(140L, checkpoint.Itra!["step"]);
    }

    [Fact]
    public void Bare_weights_are_no_checkpoint_and_say_so()
    {
        TorchArchive.Write(scratch.File("a.pt"), new Dictionary<string, Tensor> { ["logit_scale"] = ones(1) });
        var error = Assert.Throws<UserErrorException>(() => SavedCheckpoint.Open(scratch.File("a.pt")));
        Assert.Contains("no training checkpoint", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("epoch")]
    [InlineData("optimizer")]
    [InlineData("scaler")]
    [InlineData("itra")]
    public void A_part_of_the_wrong_kind_is_named(string part)
    {
        var path = Write(new() { ["epoch"] = 1, ["state_dict"] = new Dictionary<string, Tensor> { ["logit_scale"] = ones(1) }, [part] = "nonsense" });
        var error = Assert.Throws<UserErrorException>(() => SavedCheckpoint.Open(path));
        Assert.Contains("its " + part, error.Message, StringComparison.Ordinal);
    }

    private string Write(Dictionary<string, object?> tree)
    {
        TorchArchive.Write(scratch.File("c.pt"), tree);
        return scratch.File("c.pt");
    }
}
