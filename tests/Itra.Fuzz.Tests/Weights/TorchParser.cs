using Itra.Domain;
using Itra.Trainer.Models;
using static Itra.Trainer.Tests.Models.HostileArchive;
using static TorchSharp.torch;

namespace Itra.Fuzz.Tests.Weights;

/// <summary>Archives of torch.save: the zip around the pickle, the pickle, and what a checkpoint's parts are taken for.</summary>
internal sealed class TorchParser : IParser
{
    public IReadOnlyList<byte[]> Seeds { get; } = [Around(TensorPickle([2, 2], [1, 2])), Around(PickleParser.Module), Checkpoint()];

    public IReadOnlyList<string> Tokens { get; } = [.. PickleParser.Instructions, "PK\x01\x02", "PK\x03\x04", "PK\x05\x06", "PK\x06\x06", "PK\x06\x07", "\x01\x00\x10\x00", "\x01\x00\x1c\x00", "\xff\xff\xff\xff", "a/data.pkl", "a/../", "a/data/0"];

    public bool Accepts(byte[] input, string path)
    {
        try
        {
            using var file = WeightFile.Open(path);
            WeightFiles.MustReadAgain(file, path + ".again", (again, tensors) => TorchArchive.Write(again, tensors.ToDictionary(t => (object)t.Name, t => (object?)t.Tensor)));
            if (SavedCheckpoint.Of(file, path) is { } checkpoint) ReadAll(checkpoint, file, path);
            return true;
        }
        catch (UserErrorException e)
        {
            return Refusal.Of(e, path);
        }
    }

    private static void ReadAll(SavedCheckpoint checkpoint, IWeightFile file, string path)
    {
        foreach (var state in checkpoint.Optimizer?.State.Values ?? [])
            foreach (var tensor in state.Values.OfType<TensorRef>()) checkpoint.Load(tensor).Dispose();
        StateDict.Load(StateDict.Find(file, path, out _)).Dispose();
        if (checkpoint.HasAverage) checkpoint.ReadAverage().Dispose();
    }

    private static byte[] Checkpoint()
    {
        var path = Path.GetTempFileName();
        try
        {
            using var scale = tensor(2.5f);
            TorchArchive.Write(path, new Dictionary<object, object?>
            {
                ["epoch"] = 1L, ["name"] = "n", ["state_dict"] = new Dictionary<object, object?> { ["logit_scale"] = scale },
                ["ema_state_dict"] = new Dictionary<object, object?> { ["logit_scale"] = scale },
                ["optimizer"] = new Dictionary<object, object?>
                {
                    ["state"] = new Dictionary<object, object?> { [0L] = new Dictionary<object, object?> { ["step"] = 3L, ["exp_avg"] = scale } },
                    ["param_groups"] = new List<object?> { new Dictionary<object, object?> { ["lr"] = 0.5, ["params"] = new List<object?> { 0L } } },
                },
            });
            return File.ReadAllBytes(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
