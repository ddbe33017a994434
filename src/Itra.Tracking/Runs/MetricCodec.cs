using System.Buffers.Binary;
using System.IO.Compression;
using Itra.Domain.Runs;

namespace Itra.Tracking.Runs;

/// <summary>
/// A column of float64 in few bytes and without loss. The first bytes of all values are put side by side, then the second and so on:
/// neighbouring values share sign, exponent and leading digits, so that zlib finds them.
/// </summary>
internal static class MetricCodec
{
    /// <summary>The number stored beside every column. Another way to encode gets another number.</summary>
    public const short ShuffledZlib = 1;

    private const int Size = sizeof(double);

    // zlib makes at most so many bytes of one.
    private const int LargestExpansion = 1032;

    public static byte[] Encode(ReadOnlySpan<double> column)
    {
        var plain = MetricChunk.Bytes(column);
        var shuffled = new byte[plain.Length];
        for (var i = 0; i < plain.Length; i++) shuffled[i % Size * column.Length + i / Size] = plain[i];
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest)) zlib.Write(shuffled);
        return packed.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are not <paramref name="count"/> values in an encoding known here.</exception>
    public static double[] Decode(short encoding, byte[] packed, int count)
    {
        if (encoding != ShuffledZlib) throw new InvalidDataException($"metric values in encoding {encoding} need a newer Itra");
        if (count < 0 || (long)count * Size > (long)packed.Length * LargestExpansion) throw new InvalidDataException($"{packed.Length} bytes cannot hold {count} values");
        var shuffled = Inflate(packed, count * Size);
        var (column, bytes) = (new double[count], new byte[Size]);
        for (var i = 0; i < count; i++)
        {
            for (var b = 0; b < Size; b++) bytes[b] = shuffled[b * count + i];
            column[i] = BinaryPrimitives.ReadDoubleLittleEndian(bytes);
        }
        return column;
    }

    private static byte[] Inflate(byte[] packed, int length)
    {
        var bytes = new byte[length];
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(packed), CompressionMode.Decompress);
            // What follows the last value is zlib's checksum, which is compared only if somebody reads to the end.
            if (zlib.ReadAtLeast(bytes, length, throwOnEndOfStream: false) == length && zlib.ReadByte() < 0) return bytes;
        }
        catch (IOException e)
        {
            throw new InvalidDataException(e.Message, e);
        }
        throw new InvalidDataException($"metric values take another place than {length} bytes");
    }
}
