using Itra.Domain;

namespace Itra.Trainer.Models;

/// <summary>Opens weights of any form that PyTorch users have, told apart by content and not by name.</summary>
internal static class WeightFile
{
    /// <exception cref="UserErrorException">No such file, none of the known forms, or a damaged or hostile one.</exception>
    public static IWeightFile Open(string path)
    {
        var bytes = new WeightBytes(path);
        try
        {
            return TryRecognise(bytes) ?? throw bytes.Broken("it is neither safetensors nor a file of torch.save or torch.jit.save");
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file by its first bytes; null when they are those of no known form.</summary>
    public static IWeightFile? TryRecognise(WeightBytes bytes)
    {
        var start = bytes.Read(0, Math.Min(bytes.Length, 16), "the start of the file");
        return start switch
        {
            [(byte)'P', (byte)'K', 3, 4, ..] => new TorchFile(bytes),
            [_, _, _, _, _, _, _, _, (byte)'{', ..] => new SafeTensorsFile(bytes),
            [0x80, 2, 0x8a, 10, 0x6c, 0xfc, ..] => throw bytes.Broken("it was saved by PyTorch before 1.6; in a newer PyTorch, torch.save(torch.load(FILE), NEW) converts it"),
            [] => throw bytes.Broken("it is empty"),
            _ => null,
        };
    }
}
