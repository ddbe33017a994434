using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Tests.Runs;
using Itra.Tracking.WriteAhead;

namespace Itra.Tracking.Tests.WriteAhead;

public sealed class EventLogTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("itra-wal-").FullName;

    private string LogPath => Path.Combine(folder, EventLog.FileName);

    [Fact]
    public void Every_kind_of_event_comes_back_as_it_was_appended()
    {
        Write(GoldenEvents.All.Where(e => e is not MetricsLogged));
        Assert.Equivalent(GoldenEvents.All.Where(e => e is not MetricsLogged).ToList(), Read().Select(r => r.Event).ToList(), strict: true);
    }

    [Fact]
    public void Metric_values_come_back_to_the_bit()
    {
        var chunk = new MetricChunk(3, ["loss", "größe"], [[1.5, double.NaN, -0.0], [double.PositiveInfinity, 5e-324, 1 / 3.0]]);
        using (var writer = EventLogWriter.Create(folder, "run-a", 0, TimeProvider.System))
            writer.Append(2, new MetricsLogged(chunk.FirstStep, chunk.Count, chunk.Summarise(), chunk.Digest()) { At = RecordedRuns.Noon }, chunk);

        var record = Assert.Single(Read());
        Assert.Equal((1, 2, chunk.Digest()), (record.Sequence, record.Attempt, record.Chunk!.Digest()));
        Assert.Equal(chunk.Names, record.Chunk.Names);
    }

    [Fact]
    public void A_last_record_that_was_cut_off_anywhere_is_left_out_and_nothing_else()
    {
        Write(Cancelled(4));
        var whole = File.ReadAllBytes(LogPath);
        var ends = Ends();
        for (var length = (int)ends[2]; length < whole.Length; length++)
        {
            File.WriteAllBytes(LogPath, whole[..length]);
            Assert.Equal([1, 2, 3], Read().Select(r => r.Sequence));
        }
    }

    [Fact]
    public void A_tail_of_zeros_as_a_crash_of_the_machine_leaves_it_is_cut()
    {
        Write(Cancelled(2));
        using (var file = File.OpenWrite(LogPath)) file.SetLength(file.Length + 4096);
        Assert.Equal(2, Read().Count);
    }

    [Fact]
    public void One_changed_byte_before_the_end_is_damage_and_what_is_before_it_is_read()
    {
        Write(Cancelled(5));
        var whole = File.ReadAllBytes(LogPath);
        var ends = Ends();
        for (var at = ends[1]; at < ends[2]; at++)
        {
            var changed = (byte[])whole.Clone();
            changed[at] ^= 0x40;
            File.WriteAllBytes(LogPath, changed);
            List<long> read = [];
            var error = Assert.Throws<EventLogDamagedException>(() =>
            {
                using var log = EventLog.Open(LogPath);
                foreach (var (record, _) in log.Read(log.FirstRecord, 1)) read.Add(record.Sequence);
            });
            Assert.Equal([1, 2], read);
            Assert.Contains("record 3", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_no_log_is_refused_in_one_line()
    {
        File.WriteAllText(LogPath, "hello\nworld");
        Assert.Contains("is not a write-ahead log", Assert.Throws<UserErrorException>(() => EventLog.Open(LogPath)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_that_is_being_written_is_seen_to_be()
    {
        using (EventLogWriter.Create(folder, "run-a", 0, TimeProvider.System)) Assert.True(PendingLogs.IsBeingWritten(LogPath));
        Assert.False(PendingLogs.IsBeingWritten(LogPath));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static IEnumerable<RunEvent> Cancelled(int count) => Enumerable.Range(1, count).Select(i => new RunCancelled($"reason {i}") { At = RecordedRuns.Noon });

    private void Write(IEnumerable<RunEvent> events)
    {
        using var writer = EventLogWriter.Create(folder, "run-a", 0, TimeProvider.System);
        foreach (var e in events) writer.Append(0, e, null);
    }

    private List<LogRecord> Read()
    {
        using var log = EventLog.Open(LogPath);
        return [.. log.Read(log.FirstRecord, 1).Select(r => r.Record)];
    }

    private List<long> Ends()
    {
        using var log = EventLog.Open(LogPath);
        return [.. log.Read(log.FirstRecord, 1).Select(r => r.End)];
    }
}
