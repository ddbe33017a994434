using System.Text;
using System.Text.Json;
using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Fuzz.Tests.Portable;
using Itra.Tracking;
using Itra.Tracking.Portable.Imports;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Portable;
using Itra.Tracking.Tests.Runs;
using Itra.Tracking.WriteAhead;

namespace Itra.Fuzz.Tests.Hostile;

[Trait("Category", "Fuzz")]
public sealed class HostileLogTests : IDisposable
{
    private static readonly byte[] Heading = EventLog.Heading("run-a", new Guid(1, 2, 3, new byte[8]), 0);

    private readonly Scratch scratch = new();

    public void Dispose() => scratch.Dispose();

    [Fact]
    public void A_length_that_nothing_follows_costs_no_memory()
    {
        var header = LogFrame.Write(1, new byte[LogFrame.LargestPayload])[..LogFrame.HeaderBytes];
        using var log = EventLog.Open(scratch.File("events.wal", [.. Heading, .. header, 1, 2, 3]));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Empty(log.Read(log.FirstRecord, 1));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Headers_inside_one_another_do_not_keep_it_busy_for_hours()
    {
        var rest = new byte[8 << 20];
        for (var at = LogFrame.HeaderBytes; at + LogFrame.HeaderBytes < rest.Length; at += LogFrame.HeaderBytes)
            LogFrame.Write(9, []).AsSpan(0, LogFrame.HeaderBytes).CopyTo(rest.AsSpan(at));
        var half = LogFrame.Write(9, new byte[rest.Length / 2])[..LogFrame.HeaderBytes];
        for (var at = LogFrame.HeaderBytes; at < rest.Length / 2 - 64; at += LogFrame.HeaderBytes) half.CopyTo(rest.AsSpan(at));
        using var log = EventLog.Open(scratch.File("events.wal", [.. Heading, .. rest]));
        var before = ThreadClock.Elapsed;
        Assert.Throws<EventLogDamagedException>(() => log.Read(log.FirstRecord, 1).ToList());
        Assert.InRange(ThreadClock.Elapsed - before, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData("itra-wal-1 run-../../x 00000001000200030000000000000000 0\n")]
    [InlineData("itra-wal-1 run-a';drop 00000001000200030000000000000000 0\n")]
    [InlineData("itra-wal-1 run-a 00000001000200030000000000000000 -1\n")]
    [InlineData("itra-wal-1 run-a 00000001000200030000000000000000 +1\n")]
    [InlineData("itra-wal-1 run-a 0000000A000200030000000000000000 0\n")]
    [InlineData("itra-wal-1 run-é 00000001000200030000000000000000 0\n")]
    public void A_heading_that_this_program_does_not_write_is_refused(string heading) =>
        Assert.Contains("is not a write-ahead log", Assert.Throws<UserErrorException>(() => EventLog.Open(scratch.File("events.wal", heading))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("metrics_logged", """{"at":"2026-01-01T00:00:00+00:00","first_step":0,"count":1,"series":null,"sha256":"00"}""")]
    [InlineData("metrics_logged", """{"at":"2026-01-01T00:00:00+00:00","first_step":0,"count":1,"series":[null],"sha256":"00"}""")]
    [InlineData("metrics_logged", """{"at":"2026-01-01T00:00:00+00:00"}""")]
    [InlineData("run_registered", "null")]
    [InlineData("run_registered", "{}")]
    [InlineData("run_cancelled", """{"reason":"a","reason":"b"}""")]
    [InlineData("run_cancelled", """{"reason":"\ud800"}""")]
    public void An_event_with_something_missing_is_refused_wherever_it_comes_from(string name, string json)
    {
        Assert.Throws<JsonException>(() => EventJson.ReadForeign(name, json));
        Assert.Throws<InvalidDataException>(() => LogRecord.Decode(1, Record(name, json)));
        Assert.False(RunSamples.Accepts(() => Packed(ForgedOrNot(name, json))));
    }

    [Fact]
    public void Every_event_that_this_program_ever_wrote_is_read_under_the_strict_rules_too()
    {
        Assert.All(GoldenEvents.All, e => Assert.Equal(EventJson.Write(e), EventJson.Write(EventJson.ReadForeign(TrackingRegistration.NameOf(e), EventJson.Write(e))!)));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Golden"), "*.json").Where(f => TrackingRegistration.Events.ContainsKey(Path.GetFileName(f).Split('.')[0])))
            Assert.NotNull(EventJson.ReadForeign(Path.GetFileName(file).Split('.')[0], File.ReadAllText(file)));
    }

    [Fact]
    public void An_event_nested_a_hundred_thousand_deep_is_refused()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 100_000));
        Assert.Throws<JsonException>(() => EventJson.ReadForeign("run_cancelled", deep));
        Assert.Throws<InvalidDataException>(() => LogRecord.Decode(1, Record("run_cancelled", deep)));
        Assert.False(RunSamples.Accepts(() => Packed(ForgedFile.Of([deep, ""]))));
    }

    [Fact]
    public void A_record_with_absurd_lengths_or_something_behind_it_is_refused()
    {
        var sound = new LogRecord(1, new Guid(1, 2, 3, new byte[8]), 0, new RunCancelled("why") { At = RecordedRuns.Noon }, null).Encode();
        Assert.Equal("why", Assert.IsType<RunCancelled>(LogRecord.Decode(1, sound).Event).Reason);
        Assert.Throws<InvalidDataException>(() => LogRecord.Decode(1, [.. sound, 0]));
        Assert.Throws<InvalidDataException>(() => LogRecord.Decode(1, [.. sound[..^4], 0xff, 0xff, 0xff, 0xff]));
        Assert.Throws<InvalidDataException>(() => LogRecord.Decode(1, [.. sound[..^4], 0xff, 0xff, 0xff, 0x7f]));
        // A text whose length is negative.
        Assert.Throws<InvalidDataException>(() => LogRecord.Decode(1, [.. sound[..20], 0xff, 0xff, 0xff, 0xff, 0x0f]));
    }

    [Fact]
    public void A_changed_bit_in_a_column_is_seen_or_changes_nothing()
    {
        double[] column = [1.5, double.NaN, -0.0, 1e300, 1e-5, 0.1, 0.2, 0.3];
        var packed = MetricCodec.Encode(column);
        var seen = 0;
        for (var bit = 0; bit < 8 * packed.Length; bit++)
        {
            var changed = (byte[])packed.Clone();
            changed[bit / 8] ^= (byte)(1 << bit % 8);
            try
            {
                Assert.Equal(column.Select(BitConverter.DoubleToInt64Bits), MetricCodec.Decode(MetricCodec.ShuffledZlib, changed, column.Length).Select(BitConverter.DoubleToInt64Bits));
            }
            catch (InvalidDataException)
            {
                seen++;
            }
        }
        // Zlib's header has some bits that mean nothing to the values.
        Assert.InRange(seen, 8 * (packed.Length - 2), 8 * packed.Length);
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(-1)]
    [InlineData(4)]
    [InlineData(2)]
    public void A_column_of_another_length_is_refused(int count)
    {
        var packed = MetricCodec.Encode([1, 2, 3]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => MetricCodec.Decode(MetricCodec.ShuffledZlib, packed, count));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    private static PackedRun Packed(byte[] file) => PackedRun.OfLines(() => new MemoryStream(file));

    private static byte[] ForgedOrNot(string name, string json)
    {
        try
        {
            return RunSamples.File([RunSamples.Lines[0], $"{name}\t{json}"]);
        }
        catch (JsonException)
        {
            // No chain can be made of it: its place in a file whose digest is right will do.
            return ForgedFile.Of([.. Encoding.UTF8.GetString(RunSamples.File([RunSamples.Lines[0]])).Split('\n')[..2], $$"""{"version":2,"type":"{{name}}","id":"00000002-0000-0000-0000-000000000000","timestamp":"2026-01-01T00:00:00.000000Z","hash":"00","data":{{json}}}""", ""]);
        }
    }

    private static byte[] Record(string name, string json)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(new byte[16]);
        writer.Write(0);
        writer.Write(name);
        writer.Write(json);
        writer.Write(1);
        writer.Write(1);
        writer.Write(1.5);
        return stream.ToArray();
    }
}
