using System.Buffers.Binary;
using System.Numerics;

namespace Itra.Tracking.WriteAhead;

/// <summary>
/// How a record lies in a log: length of the payload (uint32), sequence number (int64), CRC-32C of these twelve bytes, the payload, its CRC-32C;
/// little-endian. The first checksum tells a record that was cut off from one whose length is not to be believed.
/// </summary>
internal static class LogFrame
{
    public const int HeaderBytes = 16, TrailerBytes = 4;

    /// <summary>No event comes near it: what claims more is not a record.</summary>
    public const int LargestPayload = 64 << 20;

    private const int Checked = 12;

    public static byte[] Write(long sequence, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[HeaderBytes + payload.Length + TrailerBytes];
        BinaryPrimitives.WriteInt32LittleEndian(frame, payload.Length);
        BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(4), sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(Checked), Checksum(frame.AsSpan(0, Checked)));
        payload.CopyTo(frame.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(HeaderBytes + payload.Length), Checksum(payload));
        return frame;
    }

    /// <returns>False if the bytes are no header.</returns>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, out int length, out long sequence)
    {
        (length, sequence) = (0, 0);
        if (header.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(header[Checked..]) != Checksum(header[..Checked])) return false;
        length = BinaryPrimitives.ReadInt32LittleEndian(header);
        sequence = BinaryPrimitives.ReadInt64LittleEndian(header[4..]);
        return length is >= 0 and <= LargestPayload && sequence > 0;
    }

    public static bool IsIntact(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> trailer) => BinaryPrimitives.ReadUInt32LittleEndian(trailer) == Checksum(payload);

    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = ~0u;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes) crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}
