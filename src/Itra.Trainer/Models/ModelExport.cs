using Itra.Domain;
using static TorchSharp.torch;

namespace Itra.Trainer.Models;

/// <summary>What an export wrote.</summary>
/// <param name="File">Digest and size.</param>
/// <param name="Tensors">How many tensors it holds.</param>
/// <param name="LeftOut">Tensors that OpenAI's and open_clip's models have no place for: projection heads, a learned prompt.</param>
public sealed record ExportedModel(WrittenFile File, int Tensors, IReadOnlyList<string> LeftOut);

/// <summary>Turns weights of any form into a file that open_clip reads: OpenAI names, float32.</summary>
public static class ModelExport
{
    /// <param name="source">Weights or a checkpoint of any form.</param>
    /// <param name="target">A path that ends in .safetensors, or in .pt for <c>torch.load</c>.</param>
    /// <exception cref="UserErrorException">The source is unusable, or the target's form is unknown.</exception>
    public static ExportedModel Write(string source, string target)
    {
        var form = Path.GetExtension(target).ToLowerInvariant();
        if (form is not (".safetensors" or ".pt" or ".pth"))
            throw new UserErrorException($"cannot tell which form {target} should have: end its name in .safetensors or .pt");

        using var opened = WeightFile.Open(source);
        using var weights = StateDict.Read(opened, source);
        var named = weights.Select(w => (Name: ParameterNames.ToOpenAi(w.Key), Itra: w.Key, Tensor: w.Value)).ToList();
        var tensors = named.Where(n => n.Name is not null).Select(n => (n.Name!, n.Tensor)).ToList();
        var file = form == ".safetensors"
            ? SafeTensors.Write(target, tensors, new Dictionary<string, string>([new("format", "pt"), .. Activations.Of(opened).Entries()]))
            : TorchArchive.Write(target, new OrderedDictionary<string, Tensor>(tensors.Select(t => KeyValuePair.Create(t.Item1, t.Tensor))));
        return new ExportedModel(file, tensors.Count, [.. named.Where(n => n.Name is null).Select(n => n.Itra)]);
    }
}
