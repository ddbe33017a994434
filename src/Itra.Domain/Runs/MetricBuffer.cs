namespace Itra.Domain.Runs;

/// <summary>Gathers steps into chunks, so that the store sees one event per second or thousand steps instead of one per step.</summary>
public sealed class MetricBuffer(TimeProvider clock, int maxSteps = 1000, double maxSeconds = 1)
{
    private readonly List<MetricChunk> parts = [];
    private int steps;
    private long since;

    /// <summary>Takes a chunk; gives back the one that is due because of it, if any.</summary>
    public LogMetrics? Add(MetricChunk chunk)
    {
        var due = parts.Count > 0 && !parts[^1].IsContinuedBy(chunk) ? Flush() : null;
        if (parts.Count == 0) since = clock.GetTimestamp();
        parts.Add(chunk);
        steps += chunk.Count;
        if (due is not null) return due;
        return steps >= maxSteps || clock.GetElapsedTime(since).TotalSeconds >= maxSeconds ? Flush() : null;
    }

    /// <summary>What has been gathered, or null.</summary>
    public LogMetrics? Flush()
    {
        if (parts.Count == 0) return null;
        var chunk = MetricChunk.Join(parts);
        parts.Clear();
        steps = 0;
        return new LogMetrics(chunk);
    }
}
