using System.IO.Hashing;
using Itra.Trainer.Native;

namespace Itra.Trainer.Models;

/// <summary>Writes files that PyTorch's <c>torch.load</c> reads: any tree of dicts, lists, tuples, numbers, text and tensors.</summary>
internal static class TorchArchive
{
    private const string Folder = "archive/";

    /// <summary>Writes the tree; see <see cref="PickleWriter"/> for what becomes what.</summary>
    /// <param name="path">The target, replaced as a whole.</param>
    /// <param name="tree">Its tensors may be on any device and of any stride; they are streamed, never copied all at once.</param>
    /// <exception cref="ArgumentException">The tree holds something that PyTorch could not read back.</exception>
    public static WrittenFile Write(string path, object tree) => Write(path, tree, uint.MaxValue);

    /// <inheritdoc cref="Write(string, object)"/>
    internal static WrittenFile Write(string path, object tree, long zip64From)
    {
        var pickle = new PickleWriter();
        var structure = pickle.Write(tree);
        return AtomicFile.Write(path, stream =>
        {
            var zip = new StoredZip(stream, zip64From);
            Add(zip, "data.pkl", structure);
            Add(zip, "byteorder", "little"u8.ToArray());
            for (var i = 0; i < pickle.Tensors.Count; i++)
            {
                using var tensor = new HostTensor(pickle.Tensors[i]);
                zip.Add($"{Folder}data/{i}", TensorMemory.ByteCount(tensor.Tensor), Checksum(tensor), tensor.WriteTo);
            }

            Add(zip, "version", "3\n"u8.ToArray());
            zip.Finish();
        });
    }

    private static void Add(StoredZip zip, string name, byte[] content) =>
        zip.Add(Folder + name, content.Length, Crc32.HashToUInt32(content), stream => stream.Write(content));

    private static uint Checksum(HostTensor tensor)
    {
        var crc = new Crc32();
        TensorMemory.ForEachPiece(tensor.Tensor, (_, bytes) => crc.Append(bytes));
        return crc.GetCurrentHashAsUInt32();
    }
}
