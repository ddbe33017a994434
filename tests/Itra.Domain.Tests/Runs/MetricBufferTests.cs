using Itra.Domain.Runs;

namespace Itra.Domain.Tests.Runs;

public class MetricBufferTests
{
    private readonly HandClock clock = new();

    [Fact]
    public void Steps_are_gathered_until_there_are_enough()
    {
        var buffer = new MetricBuffer(clock, maxSteps: 3);
        Assert.Null(buffer.Add(Step(0)));
        Assert.Null(buffer.Add(Step(1)));
        var due = buffer.Add(Step(2))!.Chunk;
        Assert.Equal((0, 3), (due.FirstStep, due.Count));
        Assert.Equal([0, 1, 2], due.Values[0]);
        Assert.Null(buffer.Flush());
    }

    [Fact]
    public void Steps_are_gathered_until_the_first_has_waited_long_enough()
    {
        var buffer = new MetricBuffer(clock, maxSeconds: 1);
        Assert.Null(buffer.Add(Step(0)));
        clock.Now += TimeSpan.FromSeconds(0.9);
        Assert.Null(buffer.Add(Step(1)));
        clock.Now += TimeSpan.FromSeconds(0.1);
        Assert.Equal(3, buffer.Add(Step(2))!.Chunk.Count);
        // The next chunk waits anew.
        Assert.Null(buffer.Add(Step(3)));
    }

    [Fact]
    public void A_gap_or_another_set_of_metrics_ends_a_chunk()
    {
        var buffer = new MetricBuffer(clock);
        buffer.Add(Step(0));
        Assert.Equal((0, 1), buffer.Add(Step(5)) is { Chunk: var c } ? (c.FirstStep, c.Count) : default);
        Assert.Equal((5, 1), buffer.Add(MetricChunk.OfStep(6, ("other", 1))) is { Chunk: var d } ? (d.FirstStep, d.Count) : default);
        Assert.Equal(["other"], buffer.Flush()!.Chunk.Names);
    }

    [Fact]
    public void Nothing_gathered_is_nothing_to_flush() => Assert.Null(new MetricBuffer(clock).Flush());

    private static MetricChunk Step(long step) => MetricChunk.OfStep(step, ("loss", step));

    private sealed class HandClock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
