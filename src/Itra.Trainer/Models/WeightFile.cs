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
            return Recognise(bytes);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    private static IWeightFile Recognise(WeightBytes bytes)
    {
        var start = bytes.Read(0, Math.Min(bytes.Length, 16), "the start of the file");
        return start switch
        {
            [(byte)'P', (byte)'K', 3, 4, ..] => new TorchFile(bytes),
            [_, _, _, _, _, _, _, _, (byte)'{', ..] => new SafeTensorsFile(bytes),
            [0x80, 2, 0x8a, 10, 0x6c, 0xfc, ..] => throw bytes.Broken("it was saved by PyTorch before 1.6; in a newer PyTorch, torch.save(torch.load(FILE), NEW) converts it"),
            [0x1f, 0x8b, ..] => throw bytes.Broken("it is a gzip file"),
            [] => throw bytes.Broken("it is empty"),
            _ => throw bytes.Broken("it is neither safetensors nor a file of torch.save or torch.jit.save"),
        };
    }
}
