using System.Text;
using Itra.Domain;
using Itra.Trainer.Models;

namespace Itra.Fuzz.Tests.Weights;

internal sealed class SafeTensorsParser : IParser
{
    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        Around("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", 12),
        Around("""{"__metadata__":{"format":"pt","image_activation":"gelu"},"logit_scale":{"dtype":"F16","shape":[],"data_offsets":[0,2]},"visual.proj":{"dtype":"BF16","shape":[2,3],"data_offsets":[2,14]}}""", 14),
        Around("""{"i":{"dtype":"I64","shape":[1,2],"data_offsets":[0,16]},"empty":{"dtype":"F64","shape":[0],"data_offsets":[16,16]},"b":{"dtype":"BOOL","shape":[4],"data_offsets":[16,20]}}     """, 20),
    ];

    public IReadOnlyList<string> Tokens { get; } =
    [
        "\"dtype\":", "\"F32\"", "\"F8_E4M3\"", "\"shape\":", "\"data_offsets\":", "[0,12]", "[12,0]", "[4,12]", "{", "}", "[", "]", ",", "\"a\":", "\"__metadata__\":", "1,", "[", "[1,1,1,1,1,1,1,1],",
        "{\"a\":", "\"\\ud800\":", "\"\\u0061\":", "4294967296", "9223372036854775807", " ", "PK\x03\x04",
    ];

    public bool Accepts(byte[] input, string path)
    {
        try
        {
            using var file = WeightFile.Open(path);
            WeightFiles.MustReadAgain(file, path + ".again", (again, tensors) => SafeTensors.Write(again, tensors, file.Extras.ToDictionary(e => e.Key, e => $"{e.Value}")));
            return true;
        }
        catch (UserErrorException e)
        {
            return Refusal.Of(e, path);
        }
    }

    private static byte[] Around(string header, int bytes) =>
        [.. BitConverter.GetBytes((long)header.Length), .. Encoding.ASCII.GetBytes(header), .. Enumerable.Range(1, bytes).Select(i => (byte)i)];
}
