using Itra.Domain.Runs;

namespace Itra.Tracking.WriteAhead;

/// <summary>A run of this process: what is known of it, and the log that it is written to.</summary>
internal sealed class RunLog(EventLogWriter writer, Run run) : IDisposable
{
    private readonly Lock gate = new();
    private Run run = run;

    public string Path => writer.Path;

    public Guid Id => writer.Id;

    public long Count => writer.Count;

    public long Length => writer.Length;

    public IReadOnlyList<RunEvent> Record(RunCommand command, LogShipper? shipper)
    {
        shipper?.ThrowIfOvertaken();
        lock (gate)
        {
            var events = RunDecider.Decide(command, run);
            Append(events, (command as LogMetrics)?.Chunk, shipper);
            return events;
        }
    }

    public void Append(IReadOnlyList<RunEvent> events, MetricChunk? chunk, LogShipper? shipper)
    {
        lock (gate)
        {
            foreach (var e in events)
            {
                writer.Append(run.Resumptions, e, e is MetricsLogged ? chunk : null);
                run = run.Evolve(e);
            }
        }
        if (events.Count > 0) shipper?.Wake();
    }

    public void Dispose() => writer.Dispose();
}
