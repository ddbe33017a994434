using System.Buffers.Binary;
using System.Text;
using Itra.Domain;

namespace Itra.Trainer.Models;

/// <summary>A cursor over bytes that never passes their end.</summary>
/// <param name="file">Names the file in errors.</param>
/// <param name="bytes">What is read.</param>
/// <param name="what">Names these bytes in errors.</param>
internal sealed class ByteReader(WeightBytes file, ReadOnlyMemory<byte> bytes, string what)
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);
    private int at;

    public bool AtEnd => at == bytes.Length;

    public byte U8() => Take(1)[0];

    public ushort U16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public int I32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long I64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public double BigEndianDouble() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    public ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > bytes.Length - at) throw Broken("ends too early");
        at += (int)count;
        return bytes.Span.Slice(at - (int)count, (int)count);
    }

    public string Text(long count)
    {
        try
        {
            return Utf8.GetString(Take(count));
        }
        catch (DecoderFallbackException)
        {
            throw Broken("holds text that is not UTF-8");
        }
    }

    /// <summary>Text up to a line feed, which is consumed.</summary>
    public string Line()
    {
        var length = bytes.Span[at..].IndexOf((byte)'\n');
        var line = Text(length);
        at++;
        return line;
    }

    public UserErrorException Broken(string fault) => file.Broken($"{what} {fault}");
}
