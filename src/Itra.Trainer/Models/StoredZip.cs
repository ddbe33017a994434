using System.Text;

namespace Itra.Trainer.Models;

/// <summary>
/// Writes a zip archive as torch.save lays it out: nothing compressed, every file at a multiple of 64 bytes so that it can be
/// mapped, zip64 only where a size or offset needs it (PKWARE APPNOTE 4.3).
/// </summary>
/// <param name="stream">Written from start to end; <c>Position</c> tells where.</param>
/// <param name="zip64From">Sizes and offsets from here on go into zip64 fields.</param>
internal sealed class StoredZip(Stream stream, long zip64From = uint.MaxValue)
{
    private const int Alignment = 64, LocalHeader = 30;
    private const ushort Zip64Field = 1, PaddingField = 0x4246, Utf8Names = 0x0800, FirstOf1980 = 0x21;
    private readonly List<byte[]> directory = [];

    /// <param name="name">Path in the archive.</param>
    /// <param name="length">Bytes that <paramref name="write"/> will write.</param>
    /// <param name="crc">CRC-32 of those bytes: it stands before them in the file.</param>
    /// <param name="write">Writes the content.</param>
    public void Add(string name, long length, uint crc, Action<Stream> write)
    {
        var at = stream.Position;
        bool longFile = length >= zip64From, far = at >= zip64From;
        var utf8 = Encoding.UTF8.GetBytes(name);
        var sizes = longFile ? Field(Zip64Field, length, length) : [];
        var padding = (Alignment - (at + LocalHeader + utf8.Length + sizes.Length + 4) % Alignment) % Alignment;

        using (var header = Writer(stream))
        {
            header.Write(0x04034b50);
            Common(header, longFile, crc, length, utf8.Length, (int)(sizes.Length + 4 + padding));
            header.Write(utf8);
            header.Write(sizes);
            header.Write(PaddingField);
            header.Write((ushort)padding);
            header.Write(new byte[padding]);
        }

        var start = stream.Position;
        write(stream);
        if (stream.Position - start != length) throw new InvalidOperationException($"'{name}' has {stream.Position - start} bytes, not {length}");

        long[] wide = [.. longFile ? [length, length] : Array.Empty<long>(), .. far ? [at] : Array.Empty<long>()];
        var extra = wide.Length > 0 ? Field(Zip64Field, wide) : [];
        using var entry = new MemoryStream();
        using var record = Writer(entry);
        record.Write(0x02014b50);
        record.Write((ushort)45);
        Common(record, longFile || far, crc, length, utf8.Length, extra.Length, longFile);
        record.Write(new byte[10]);
        record.Write(far ? uint.MaxValue : (uint)at);
        record.Write(utf8);
        record.Write(extra);
        directory.Add(entry.ToArray());
    }

    /// <summary>Writes the directory; nothing can be added afterwards.</summary>
    public void Finish()
    {
        var at = stream.Position;
        foreach (var record in directory) stream.Write(record);
        var end = stream.Position;
        var (count, length) = (directory.Count, end - at);
        var wide = at >= zip64From || count >= ushort.MaxValue;
        using var writer = Writer(stream);
        if (wide)
        {
            writer.Write(0x06064b50);
            writer.Write(44L);
            writer.Write((ushort)45);
            writer.Write((ushort)45);
            writer.Write(0L);
            writer.Write((long)count);
            writer.Write((long)count);
            writer.Write(length);
            writer.Write(at);

            writer.Write(0x07064b50);
            writer.Write(0);
            writer.Write(end);
            writer.Write(1);
        }

        writer.Write(0x06054b50);
        writer.Write(0);
        writer.Write(wide ? ushort.MaxValue : (ushort)count);
        writer.Write(wide ? ushort.MaxValue : (ushort)count);
        writer.Write(wide ? uint.MaxValue : (uint)length);
        writer.Write(wide ? uint.MaxValue : (uint)at);
        writer.Write((ushort)0);
    }

    // The fields that a local header and a directory record share.
    private static void Common(BinaryWriter writer, bool zip64, uint crc, long length, int nameLength, int extraLength, bool? longFile = null)
    {
        var size = longFile ?? zip64 ? uint.MaxValue : (uint)length;
        writer.Write((ushort)(zip64 ? 45 : 20));
        writer.Write(Utf8Names);
        writer.Write((ushort)0);
        writer.Write((ushort)0);
        writer.Write(FirstOf1980);
        writer.Write(crc);
        writer.Write(size);
        writer.Write(size);
        writer.Write((ushort)nameLength);
        writer.Write((ushort)extraLength);
    }

    private static byte[] Field(ushort id, params long[] values) =>
        [.. BitConverter.GetBytes(id), .. BitConverter.GetBytes((ushort)(8 * values.Length)), .. values.SelectMany(BitConverter.GetBytes)];

    private static BinaryWriter Writer(Stream to) => new(to, Encoding.UTF8, leaveOpen: true);
}
