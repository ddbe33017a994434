using System.Text;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Tests.Runs;
using Itra.Tracking.WriteAhead;

namespace Itra.Fuzz.Tests.Logs;

/// <summary>The file: heading, frames and their checksums.</summary>
internal sealed class EventLogParser : IParser
{
    private static readonly byte[] Heading = EventLog.Heading("run-0123456789", new Guid(1, 2, 3, new byte[8]), 12);

    public IReadOnlyList<byte[]> Seeds { get; } = [Log(1, 2, 3), Log(1), Heading];

    public IReadOnlyList<string> Tokens { get; } =
    [
        "itra-wal-1", "run-", " ", "\n", "-", "9999999999999999999", Latin1(Frame(2)), Latin1(Frame(3)), Latin1(Frame(9)), Latin1(LogFrame.Write(2, "not a record"u8)), Latin1(LogFrame.Write(1, [])),
        // Sound headers that promise what is not there.
        Latin1(Header(2, LogFrame.LargestPayload)), Latin1(Header(2, 100)), Latin1(Header(3, 60)), "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    ];

    public bool Accepts(byte[] input, string path)
    {
        var count = 0L;
        try
        {
            using var log = EventLog.Open(path);
            if (!input.AsSpan().StartsWith(EventLog.Heading(log.RunId, log.Id, log.Basis))) throw new InvalidOperationException("it has another heading than the one that was read");
            foreach (var (record, end) in log.Read(log.FirstRecord, 1))
            {
                LogRecordParser.MustReadAgain(record);
                if (record.Sequence != ++count || end > input.Length) throw new InvalidOperationException("records are out of order");
            }
            return true;
        }
        catch (UserErrorException e)
        {
            return Refusal.Of(e, path);
        }
    }

    private static byte[] Log(params long[] sequences) => [.. Heading, .. sequences.SelectMany(Frame)];

    private static byte[] Frame(long sequence) =>
        LogFrame.Write(sequence, new LogRecord(sequence, new Guid((int)sequence, 2, 3, new byte[8]), 0, new RunCancelled($"reason {sequence}") { At = RecordedRuns.Noon }, null).Encode());

    private static byte[] Header(long sequence, int length) => LogFrame.Write(sequence, new byte[length])[..LogFrame.HeaderBytes];

    private static string Latin1(byte[] bytes) => Encoding.Latin1.GetString(bytes);
}
