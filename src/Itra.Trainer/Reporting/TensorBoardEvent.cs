using System.Buffers.Binary;
using System.Text;

namespace Itra.Trainer.Reporting;

/// <summary>The two kinds of <c>tensorflow.Event</c> that scalars need, in protobuf's wire format.</summary>
internal static class TensorBoardEvent
{
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;

    public static byte[] FileVersion(double wallTime) => Message(m => { Double(m, 1, wallTime); Text(m, 3, "brain.Event:2"); });

    public static byte[] Scalar(string tag, float value, long step, double wallTime) => Message(m =>
    {
        Double(m, 1, wallTime);
        Key(m, 2, Varint);
        WriteVarint(m, (ulong)step);
        Nested(m, 5, summary => Nested(summary, 1, point => { Text(point, 1, tag); Single(point, 2, value); }));
    });

    private static byte[] Message(Action<MemoryStream> fill)
    {
        using var message = new MemoryStream();
        fill(message);
        return message.ToArray();
    }

    private static void Nested(MemoryStream m, int field, Action<MemoryStream> fill) => Delimited(m, field, Message(fill));

    private static void Text(MemoryStream m, int field, string text) => Delimited(m, field, Encoding.UTF8.GetBytes(text));

    private static void Delimited(MemoryStream m, int field, byte[] content)
    {
        Key(m, field, Bytes);
        WriteVarint(m, (ulong)content.Length);
        m.Write(content);
    }

    private static void Double(MemoryStream m, int field, double value)
    {
        Key(m, field, Fixed64);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        m.Write(bytes);
    }

    private static void Single(MemoryStream m, int field, float value)
    {
        Key(m, field, Fixed32);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        m.Write(bytes);
    }

    private static void Key(MemoryStream m, int field, int wireType) => WriteVarint(m, (ulong)(field << 3 | wireType));

    private static void WriteVarint(MemoryStream m, ulong value)
    {
        for (; value >= 0x80; value >>= 7) m.WriteByte((byte)(value | 0x80));
        m.WriteByte((byte)value);
    }
}
