using Itra.Domain.Runs;
using Itra.Tracking.Tests.Runs;
using Itra.Tracking.WriteAhead;

namespace Itra.Fuzz.Tests.Logs;

/// <summary>What stands in a frame whose checksum is right: the work of one who knows how.</summary>
internal sealed class LogRecordParser : IParser
{
    public LogRecordParser()
    {
        var chunk = new MetricChunk(3, ["loss", "größe"], [[1.5, double.NaN, -0.0], [double.PositiveInfinity, 5e-324, 1 / 3.0]]);
        var logged = new MetricsLogged(chunk.FirstStep, chunk.Count, chunk.Summarise(), chunk.Digest()) { At = RecordedRuns.Noon };
        Seeds =
        [
            new LogRecord(1, new Guid(1, 2, 3, new byte[8]), 2, logged, chunk).Encode(),
            new LogRecord(1, new Guid(1, 2, 3, new byte[8]), 0, new EpochCompleted(1, 10, 2.5, 1e-5, 12.5, 6.4) { At = RecordedRuns.Noon }, null).Encode(),
            .. GoldenEvents.All.Where(e => e is RunResumed or CheckpointSaved or SamplesSkipped).Select(e => new LogRecord(1, new Guid(1, 2, 3, new byte[8]), 0, e, null).Encode()),
        ];
    }

    public IReadOnlyList<byte[]> Seeds { get; }

    public IReadOnlyList<string> Tokens { get; } =
    [
        "\x0emetrics_logged", "\x0frun_registered", "\x0arun_forked", "null", "\"series\":null", "\"series\":[]", "[null]", "\"count\":", "\"first_step\":-1", "{", "}", "[", "]", ",", "\xff\xff\xff\xff\x7f", "\x80\x80\x80\x80\x08",
        "\x02\0\0\0", "\x03\0\0\0", "\xff\xff\xff\x7f", "\xff\xff\xff\xff", "\0\0\0\0", "\0\0\0\0\0\0\xf8\x7f",
    ];

    public bool Accepts(byte[] input, string path)
    {
        try
        {
            MustReadAgain(LogRecord.Decode(1, input));
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    public static void MustReadAgain(LogRecord record)
    {
        var written = record.Encode();
        var again = LogRecord.Decode(record.Sequence, written);
        if (!again.Encode().AsSpan().SequenceEqual(written)) throw new InvalidOperationException("another record comes back");
        if ((record.Chunk is null) != (again.Chunk is null) || record.Chunk?.Digest() != again.Chunk?.Digest()) throw new InvalidOperationException("other values come back");
    }
}
