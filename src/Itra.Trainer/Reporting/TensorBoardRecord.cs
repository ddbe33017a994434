using System.Buffers.Binary;
using System.Numerics;

namespace Itra.Trainer.Reporting;

/// <summary>TFRecord framing: length (uint64), its checksum, the bytes, their checksum, all little-endian.</summary>
internal static class TensorBoardRecord
{
    /// <summary>Writes a record in one piece, so that a reader who follows the file sees whole ones.</summary>
    public static void Write(Stream file, ReadOnlySpan<byte> content)
    {
        var record = new byte[16 + content.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedCrc(record.AsSpan(0, 8)));
        content.CopyTo(record.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + content.Length), MaskedCrc(content));
        file.Write(record);
    }

    /// <summary>CRC-32C, rotated and offset, because a checksum of data that holds checksums is weak.</summary>
    internal static uint MaskedCrc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes) crc = BitOperations.Crc32C(crc, b);
        return BitOperations.RotateRight(~crc, 15) + 0xa282ead8;
    }
}
