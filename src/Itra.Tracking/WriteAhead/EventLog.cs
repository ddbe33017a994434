using System.Globalization;
using System.Text;
using Itra.Domain;

namespace Itra.Tracking.WriteAhead;

/// <summary>A log with damage that is more than a record cut off at the end: what follows cannot be believed.</summary>
public sealed class EventLogDamagedException(string message) : UserErrorException(message);

/// <summary>
/// The write-ahead log of a run, open for reading. It begins with a line of text that names the format, the run, the log itself and the version
/// of the run's stream on which it builds; records follow.
/// </summary>
internal sealed class EventLog : IDisposable
{
    public const string FileName = "events.wal";

    /// <summary>Fits logs that gave way to a newer one, too.</summary>
    public const string AllFiles = "events*.wal";

    private const string Format = "itra-wal-1";
    private const int LongestHeading = 256;

    private readonly FileStream file;
    private readonly string path;

    private EventLog(FileStream file, string path, string runId, Guid id, long basis, int firstRecord) =>
        (this.file, this.path, RunId, Id, Basis, FirstRecord) = (file, path, runId, id, basis, firstRecord);

    public string Path => path;

    public string RunId { get; }

    /// <summary>Tells the logs of one run apart: each process that takes it up begins one.</summary>
    public Guid Id { get; }

    /// <summary>Events the run had in the store when the log was begun; 0 for a new run.</summary>
    public long Basis { get; }

    /// <summary>Where the first record begins.</summary>
    public long FirstRecord { get; }

    /// <summary>The identity of the log at a place; null if what is there is none, or damaged from its first line on.</summary>
    public static Guid? IdIn(string path)
    {
        try
        {
            using var log = Open(path);
            return log.Id;
        }
        catch (UserErrorException)
        {
            return null;
        }
    }

    public static byte[] Heading(string runId, Guid id, long basis) => Encoding.ASCII.GetBytes($"{Format} {runId} {id:N} {basis}\n");

    /// <exception cref="UserErrorException">It is not a log, or not readable.</exception>
    public static EventLog Open(string path)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path} cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
        try
        {
            var heading = new byte[LongestHeading];
            var read = file.ReadAtLeast(heading, heading.Length, throwOnEndOfStream: false);
            var end = heading.AsSpan(0, read).IndexOf((byte)'\n');
            if (end < 0 || Encoding.ASCII.GetString(heading, 0, end).Split(' ') is not [Format, var run, var id, var basis]
                || !Guid.TryParseExact(id, "N", out var log) || !long.TryParse(basis, NumberStyles.None, CultureInfo.InvariantCulture, out var version) || !Domain.Runs.RunId.IsPossible(run)
                || !heading.AsSpan().StartsWith(Heading(run, log, version)))
                throw new UserErrorException($"{path} is not a write-ahead log of this program");
            return new EventLog(file, path, run, log, version, end + 1);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Records in order, each with the place behind it. A last record that was cut off is left out.</summary>
    /// <param name="from">Where a record begins.</param>
    /// <param name="next">Its sequence number.</param>
    /// <exception cref="EventLogDamagedException">There is damage before the end.</exception>
    public IEnumerable<(LogRecord Record, long End)> Read(long from, long next)
    {
        var header = new byte[LogFrame.HeaderBytes];
        while (true)
        {
            file.Position = from;
            if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !LogFrame.TryReadHeader(header, out var length, out var sequence))
            {
                MustBeTheEnd(from, next);
                yield break;
            }
            if (sequence != next) throw Damaged(next, $"record {sequence} stands in its place");
            // Also where a length is to be believed, the memory for it is taken only if there is something to fill it.
            if (length + LogFrame.TrailerBytes > file.Length - file.Position) yield break;
            var body = new byte[length + LogFrame.TrailerBytes];
            if (file.ReadAtLeast(body, body.Length, throwOnEndOfStream: false) < body.Length) yield break;
            if (!LogFrame.IsIntact(body.AsSpan(0, length), body.AsSpan(length)))
            {
                MustBeTheEnd(from + LogFrame.HeaderBytes, next);
                yield break;
            }
            from += LogFrame.HeaderBytes + body.Length;
            yield return (Decode(next++, body.AsSpan(0, length).ToArray()), from);
        }
    }

    public void Dispose() => file.Dispose();

    private LogRecord Decode(long sequence, byte[] payload)
    {
        try
        {
            return LogRecord.Decode(sequence, payload);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(sequence, e.Message);
        }
    }

    /// <summary>A write that was cut off has nothing behind it. If a whole record follows, this one was damaged later, and must not be passed over.</summary>
    private void MustBeTheEnd(long from, long next)
    {
        file.Position = from;
        var rest = new byte[Math.Min(file.Length - from, LogFrame.LargestPayload)];
        file.ReadExactly(rest);
        var compared = 0L;
        for (var i = 0; i + LogFrame.HeaderBytes <= rest.Length; i++)
        {
            if (!LogFrame.TryReadHeader(rest.AsSpan(i), out var length, out var sequence) || sequence <= next) continue;
            var body = i + LogFrame.HeaderBytes;
            // Headers inside one another, each with all that follows as its payload, would take hours.
            if ((compared += length) > 16L * LogFrame.LargestPayload) throw Damaged(next, "it is followed by what no program writes");
            if (body + length + LogFrame.TrailerBytes <= rest.Length && LogFrame.IsIntact(rest.AsSpan(body, length), rest.AsSpan(body + length))) throw Damaged(next, $"record {sequence} follows it");
        }
    }

    private EventLogDamagedException Damaged(long sequence, string why) => new(
        $"{path} is damaged at record {sequence} ({why}): what comes before is sound and goes to the store; bring the file back from a copy and type 'itra sync', or move it away and do without the rest");
}
