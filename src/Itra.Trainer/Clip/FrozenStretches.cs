using Itra.Trainer.Models;

namespace Itra.Trainer.Clip;

/// <summary>Where in a checkpoint the weights lie that training leaves alone: the same bytes in every checkpoint of a run.</summary>
internal static class FrozenStretches
{
    /// <summary>Shorter ones are not worth a file of their own, nor the request that sends it.</summary>
    public const long Shortest = 64 << 10;

    /// <param name="path">A checkpoint.</param>
    /// <param name="stays">Whether a tensor of the state dict keeps its values.</param>
    /// <returns>Beginning and end of each stretch, ascending.</returns>
    public static IReadOnlyList<long> CutsOf(string path, Func<string, bool> stays)
    {
        using var file = (TorchFile)WeightFile.Open(path);
        var weights = (IReadOnlyDictionary<object, object?>)((IReadOnlyDictionary<object, object?>)file.Root!)["state_dict"]!;
        var cuts = new List<long>();
        long from = 0, to = 0;
        foreach (var (name, tensor) in weights.Select(w => (Name: (string)w.Key, Tensor: (TensorRef)w.Value!)).OrderBy(t => t.Tensor.Offset))
        {
            if (!stays(name)) Close();
            else (from, to) = (to == 0 ? tensor.Offset : from, tensor.Offset + tensor.ByteCount);
        }
        Close();
        return cuts;

        void Close()
        {
            if (to - from >= Shortest) cuts.AddRange([from, to]);
            (from, to) = (0, 0);
        }
    }
}
