using Itra.Domain.Runs;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Portable;

/// <summary>Compares the values that follow an event of metrics with the digest in it.</summary>
internal sealed class ChunkCheck
{
    // zlib makes at most so many bytes of one.
    private const int LargestExpansion = 1032;
    private const int MostValues = 1 << 24;

    private readonly List<double[]> columns = [];
    private MetricsLogged? promised;
    private int attempt;

    public void Begin(MetricsLogged logged, int attempts)
    {
        (promised, attempt) = (logged, attempts);
        columns.Clear();
    }

    public void Add(MetricLine line, long version)
    {
        if (promised is null || columns.Count == promised.Series.Count) throw new ChainBrokenException($"values of '{line.Metric}' after event {version} belong to no event");
        var name = promised.Series[columns.Count].Name;
        if ((line.Metric, line.Attempt, line.FirstStep, line.N) != (name, attempt, promised.FirstStep, promised.Count))
            throw new ChainBrokenException($"after event {version} the values of '{name}' are missing: those of '{line.Metric}', {line.N} from step {line.FirstStep}, are in their place");
        if (line.N is < 0 or > MostValues || line.N * sizeof(double) > (long)line.Vals.Length * LargestExpansion) throw new ChainBrokenException($"after event {version} '{name}' cannot have {line.N} values");
        columns.Add(Decode(line, version));
    }

    /// <exception cref="ChainBrokenException">Values are missing, or are not those that were recorded.</exception>
    public void End(long version)
    {
        if (promised is not { } logged) return;
        promised = null;
        if (columns.Count < logged.Series.Count) throw new ChainBrokenException($"after event {version} the values of '{logged.Series[columns.Count].Name}' are missing");
        if (Digest(logged, version) != logged.Sha256) throw new ChainBrokenException($"the metric values of event {version} are not those that were recorded: their digest differs");
    }

    private string Digest(MetricsLogged logged, long version)
    {
        try
        {
            return new MetricChunk(logged.FirstStep, [.. logged.Series.Select(s => s.Name)], columns).Digest();
        }
        catch (ArgumentException e)
        {
            throw new ChainBrokenException($"the metrics of event {version} make no sense: {e.Message}");
        }
    }

    private static double[] Decode(MetricLine line, long version)
    {
        try
        {
            return MetricCodec.Decode(line.Encoding, line.Vals, line.N);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new ChainBrokenException($"the values of '{line.Metric}' after event {version} cannot be read: {e.Message}");
        }
    }
}
