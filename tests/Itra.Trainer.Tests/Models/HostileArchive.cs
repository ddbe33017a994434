using System.IO.Hashing;
using System.Text;
using Itra.Trainer.Models;

namespace Itra.Trainer.Tests.Models;

/// <summary>Builds archives that no honest program would write.</summary>
internal static class HostileArchive
{
    /// <summary>A torch.save archive around a pickle, with one storage of 16 bytes under the key 0.</summary>
    public static byte[] Around(byte[] pickle) => Zip(("a/data.pkl", pickle), ("a/data/0", new byte[16]), ("a/version", "3\n"u8.ToArray()));

    public static byte[] Zip(params (string Name, byte[] Content)[] files)
    {
        using var stream = new MemoryStream();
        var zip = new StoredZip(stream);
        foreach (var (name, content) in files)
            zip.Add(name, content.Length, Crc32.HashToUInt32(content), s => s.Write(content));
        zip.Finish();
        return stream.ToArray();
    }

    /// <summary>A pickle of these parts, between the protocol and the stop instruction.</summary>
    /// <param name="parts">Instructions, raw ASCII, or bytes.</param>
    public static byte[] Pickle(params object[] parts) => [(byte)PickleOp.Protocol, 2, .. parts.SelectMany(Bytes), (byte)PickleOp.Stop];

    public static byte[] Text(string text) => [(byte)PickleOp.Text, .. BitConverter.GetBytes(text.Length), .. Encoding.ASCII.GetBytes(text)];

    public static byte[] Number(long number) => [(byte)PickleOp.Long, 8, .. BitConverter.GetBytes(number)];

    /// <summary>{"t": tensor}, where the tensor looks into storage 0.</summary>
    public static byte[] TensorPickle(long[] shape, long[] strides, long first = 0, long elements = 4, string key = "0", string kind = "FloatStorage") => Pickle(
        PickleOp.EmptyDict, Text("t"), PickleOp.Global, "torch._utils\n_rebuild_tensor_v2\n", PickleOp.Mark,
        PickleOp.Mark, Text("storage"), PickleOp.Global, $"torch\n{kind}\n", Text(key), Text("cpu"), Number(elements), PickleOp.TupleOfMark, PickleOp.PersistentId,
        Number(first), Tuple(shape), Tuple(strides), PickleOp.False, PickleOp.None, PickleOp.TupleOfMark, PickleOp.Reduce, PickleOp.SetItem);

    private static byte[] Tuple(long[] numbers) => [(byte)PickleOp.Mark, .. numbers.SelectMany(Number), (byte)PickleOp.TupleOfMark];

    private static IEnumerable<byte> Bytes(object part) => part switch
    {
        PickleOp op => [(byte)op],
        string raw => Encoding.ASCII.GetBytes(raw),
        byte[] bytes => bytes,
        _ => throw new ArgumentException($"a pickle is not made of {part.GetType()}"),
    };
}
