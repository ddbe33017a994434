using Itra.Cli.Display;
using Itra.Domain.Runs;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace Itra.Cli.Tests.Display;

public class PlainDisplayTests
{
    private sealed class Lines : List<string>, ILogEventSink
    {
        public void Emit(LogEvent logEvent) => Add(logEvent.RenderMessage());
    }

    private sealed class Hand : TimeProvider
    {
        public double Seconds { get; set; }
        public override long TimestampFrequency => 1000;
        public override long GetTimestamp() => (long)(Seconds * 1000);
    }

    [Fact]
    public void A_line_comes_every_ten_batches_but_not_more_than_one_per_second()
    {
        var (lines, clock) = (new Lines(), new Hand());
        var display = new PlainDisplay(new LoggerConfiguration().WriteTo.Sink(lines).CreateLogger(), clock, "one (run-1)");
        display.Report(new PlanTraining(1, 100, 8));
        for (var step = 0; step < 60; step++)
        {
            clock.Seconds += step < 30 ? 0.06 : 0.2;
            display.Report(new LogMetrics(MetricChunk.OfStep(step, ("training/loss-align", 1.5), ("training/learning_rate", 1e-3))));
        }
        Assert.Equal(["one (run-1)", "plan: 1 epochs of 100 steps, batch 8"], lines.Take(2));
        // Step 10 comes 0.6 s after the plan, 20 after 1.2 s, 30 only 0.6 s after that.
        Assert.Equal(["step 20/100", "step 40/100", "step 50/100", "step 60/100"], lines.Skip(2).Select(l => l.Split(", ")[1]));
        Assert.StartsWith("epoch 1/1, step 60/100, loss 1.5000, lr 1e-3, ", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Slow_batches_are_told_every_ten_seconds()
    {
        var (lines, clock) = (new Lines(), new Hand());
        var display = new PlainDisplay(new LoggerConfiguration().WriteTo.Sink(lines).CreateLogger(), clock, "one (run-1)");
        display.Report(new PlanTraining(1, 9, 8));
        for (var step = 0; step < 9; step++)
        {
            clock.Seconds += 4;
            display.Report(new LogMetrics(MetricChunk.OfStep(step, ("training/loss-align", 1.5))));
        }
        Assert.Equal(["step 3/9", "step 6/9", "step 9/9"], lines.Skip(2).Select(l => l.Split(", ")[1]));
    }
}
