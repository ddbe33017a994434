using System.Buffers.Binary;
using System.Text;

namespace Itra.Fuzz.Tests;

/// <summary>Makes damaged inputs of sound ones. The same number always makes the same input, on every machine.</summary>
/// <param name="seeds">Sound inputs, of hundreds of bytes.</param>
/// <param name="tokens">What the format itself is made of: byte patterns that a blind change would hardly hit upon.</param>
internal sealed class Mutator(IReadOnlyList<byte[]> seeds, IReadOnlyList<string> tokens)
{
    private const int MostChanges = 6, LongestRun = 300, LongestRepetition = 2000;

    private static readonly long[] Extremes =
    [
        0, 1, -1, 127, 128, 255, 256, short.MaxValue, ushort.MaxValue, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, long.MaxValue, long.MinValue, long.MaxValue - 7,
        1L << 40, 1L << 62,
    ];

    private static readonly string[] ExtremeTexts =
    [
        "0", "-1", "1e999", "-0", "9223372036854775807", "9223372036854775808", "18446744073709551616", "2147483648", "0.1", "NaN", "null", "true", "\"\\ud800\"", "\\u0000", "\\udfff", "../", "/", "é",
    ];

    public byte[] Make(int number)
    {
        var random = new Random(number);
        var bytes = new List<byte>(seeds[random.Next(seeds.Count)]);
        // One change finds its way deep into a parser; several meet where two checks do.
        for (var left = 1 + random.Next(MostChanges) * random.Next(2); left > 0; left--) Change(bytes, random);
        return [.. bytes];
    }

    private void Change(List<byte> bytes, Random random)
    {
        var at = random.Next(bytes.Count + 1);
        var length = Math.Min(random.Next(1, random.Next(2, LongestRun)), bytes.Count - at);
        switch (random.Next(11))
        {
            case 0 when length > 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when length > 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 4:
                bytes.InsertRange(at, Enumerable.Repeat((byte)random.Next(256), random.Next(1, LongestRun)));
                break;
            case 5:
                bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                break;
            case 6:
                Overwrite(bytes, at, Extreme(random));
                break;
            case 7:
                Splice(bytes, at, seeds[random.Next(seeds.Count)], random);
                break;
            case 8:
                ReplaceNumber(bytes, at, random);
                break;
            default:
                Put(bytes, at, length, random);
                break;
        }
    }

    private static byte[] Extreme(Random random)
    {
        var bytes = new byte[sizeof(long)];
        var value = Extremes[random.Next(Extremes.Length)];
        if (random.Next(4) == 0) BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        else BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return bytes[..(1 << random.Next(4))];
    }

    private static void Overwrite(List<byte> bytes, int at, byte[] with)
    {
        for (var i = 0; i < with.Length && at + i < bytes.Count; i++) bytes[at + i] = with[i];
    }

    private static void Splice(List<byte> bytes, int at, byte[] other, Random random)
    {
        var from = random.Next(other.Length + 1);
        bytes.RemoveRange(at, bytes.Count - at);
        bytes.AddRange(other.AsSpan(from));
    }

    /// <summary>The next run of digits becomes another number, or something that is none.</summary>
    private static void ReplaceNumber(List<byte> bytes, int at, Random random)
    {
        var start = bytes.FindIndex(at, b => char.IsAsciiDigit((char)b));
        if (start < 0) return;
        var end = bytes.FindIndex(start, b => !char.IsAsciiDigit((char)b));
        bytes.RemoveRange(start, (end < 0 ? bytes.Count : end) - start);
        bytes.InsertRange(start, Encoding.UTF8.GetBytes(ExtremeTexts[random.Next(ExtremeTexts.Length)]));
    }

    /// <summary>A token of the format in the place of some bytes, or before them, once or very often.</summary>
    private void Put(List<byte> bytes, int at, int length, Random random)
    {
        var token = Encoding.Latin1.GetBytes(tokens[random.Next(tokens.Count)]);
        if (random.Next(3) == 0) bytes.RemoveRange(at, length);
        var times = random.Next(30) == 0 ? random.Next(1, LongestRepetition / token.Length + 2) : 1;
        for (; times > 0; times--) bytes.InsertRange(at, token);
    }
}
