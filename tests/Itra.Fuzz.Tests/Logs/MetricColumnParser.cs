using System.Buffers.Binary;
using Itra.Tracking.Runs;

namespace Itra.Fuzz.Tests.Logs;

/// <summary>A column of metric values behind its announced length (int32).</summary>
internal sealed class MetricColumnParser : IParser
{
    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        Column([1.5, double.NaN, -0.0, 1e300, 1e-5]), Column([.. Enumerable.Range(1, 200).Select(i => 2.5 / i)]), Column(new double[500]), Column([]), Column([0.25]),
    ];

    public IReadOnlyList<string> Tokens { get; } = ["\x78\x01", "\x78\x9c", "\x78\xbb", "\x03\0", "\x01\x08\0\xf7\xff", "\x01\0\0\xff\xff", "\0\0\0\x01", "\xff\xff\xff\x7f", "\xff\xff\xff\xff", "\0\0\0\x10", "\x63\x60"];

    // zlib makes a thousand bytes of one; they are taken apart here, and encoded once more.
    public int AllocatedPerByte => 8 * 1032;

    public bool Accepts(byte[] input, string path)
    {
        if (input.Length < sizeof(int)) return false;
        try
        {
            var column = MetricCodec.Decode(MetricCodec.ShuffledZlib, input[sizeof(int)..], BinaryPrimitives.ReadInt32LittleEndian(input));
            var again = MetricCodec.Decode(MetricCodec.ShuffledZlib, MetricCodec.Encode(column), column.Length);
            if (!again.Select(BitConverter.DoubleToInt64Bits).SequenceEqual(column.Select(BitConverter.DoubleToInt64Bits))) throw new InvalidOperationException("other values come back");
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static byte[] Column(double[] values) => [.. BitConverter.GetBytes(values.Length), .. MetricCodec.Encode(values)];
}
