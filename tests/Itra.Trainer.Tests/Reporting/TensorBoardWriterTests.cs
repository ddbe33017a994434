using System.Buffers.Binary;
using System.Text;
using Itra.Trainer.Reporting;

namespace Itra.Trainer.Tests.Reporting;

public sealed class TensorBoardWriterTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("itra-tensorboard").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_checksum_is_crc32c_masked_as_tensorflow_masks_it()
    {
        // "123456789" has CRC-32C 0xE3069283 by definition of the polynomial.
        Assert.Equal(unchecked(((0xE3069283u >> 15) | (0xE3069283u << 17)) + 0xa282ead8u), TensorBoardRecord.MaskedCrc("123456789"u8));
    }

    [Fact]
    public void A_scalar_can_be_read_back_by_a_parser_that_knows_only_the_format()
    {
        string path;
        using (var writer = new TensorBoardWriter(folder, TimeProvider.System))
        {
            path = writer.FilePath;
            writer.Scalar("training/loss-align", 1.25, 300);
            writer.Scalar("eval_retrieval/retrieval-mean-recall", 73.98, 10);
        }
        var events = Records(File.ReadAllBytes(path)).Select(Fields).ToList();

        Assert.Equal("brain.Event:2", Encoding.UTF8.GetString((byte[])events[0][3]));
        Assert.Equal(300ul, events[1][2]);
        var point = Fields((byte[])Fields((byte[])events[1][5])[1]);
        Assert.Equal(("training/loss-align", 1.25f), (Encoding.UTF8.GetString((byte[])point[1]), (float)point[2]));
        Assert.Equal(73.98f, (float)Fields((byte[])Fields((byte[])events[2][5])[1])[2]);
        Assert.InRange((double)events[1][1], 1.7e9, 1e10);
        Assert.StartsWith("events.out.tfevents.", Path.GetFileName(path));
    }

    [Fact]
    public void The_file_can_be_read_while_it_grows()
    {
        using var writer = new TensorBoardWriter(folder, TimeProvider.System);
        writer.Scalar("a", 1, 0);
        writer.Flush();
        using var reader = new FileStream(writer.FilePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[reader.Length];
        reader.ReadExactly(bytes);
        Assert.Equal(2, Records(bytes).Count);
    }

    private static List<byte[]> Records(byte[] file)
    {
        List<byte[]> records = [];
        for (var at = 0; at < file.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            Assert.Equal(Masked(file.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)));
            Assert.Equal(Masked(file.AsSpan(at + 12, length)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length)));
            records.Add(file[(at + 12)..(at + 12 + length)]);
            at += 16 + length;
        }
        return records;
    }

    /// <summary>CRC-32C bit by bit, reflected polynomial 0x82F63B78.</summary>
    private static uint Masked(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) == 1 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }
        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
    }

    private static Dictionary<int, object> Fields(byte[] message)
    {
        Dictionary<int, object> fields = [];
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message, ref at);
            object value;
            switch (key & 7)
            {
                case 0: value = Varint(message, ref at); break;
                case 1: value = BitConverter.ToDouble(message, at); at += 8; break;
                case 5: value = BitConverter.ToSingle(message, at); at += 4; break;
                default:
                    var length = (int)Varint(message, ref at);
                    value = message[at..(at + length)];
                    at += length;
                    break;
            }
            fields[(int)(key >> 3)] = value;
        }
        return fields;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var b = message[at++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80) return value;
        }
    }
}
