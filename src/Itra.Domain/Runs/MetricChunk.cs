using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Itra.Domain.Runs;

/// <summary>Consecutive steps of one set of metrics, by column.</summary>
/// <param name="FirstStep">Step of the first value; the others follow without a gap.</param>
/// <param name="Names">Metric names, in the order of <paramref name="Values"/>.</param>
/// <param name="Values">One array per metric, all of the same length.</param>
/// <exception cref="ArgumentException">Names and arrays do not match.</exception>
public sealed record MetricChunk(long FirstStep, IReadOnlyList<string> Names, IReadOnlyList<double[]> Values)
{
    public IReadOnlyList<double[]> Values { get; } =
        Names.Count != Values.Count ? throw new ArgumentException($"{Names.Count} metrics, but {Values.Count} columns", nameof(Values))
        : Values.Any(column => column.Length != Values[0].Length) ? throw new ArgumentException("the columns differ in length", nameof(Values))
        : Names.Distinct().Count() != Names.Count ? throw new ArgumentException("a metric is named twice", nameof(Names))
        : FirstStep < 0 ? throw new ArgumentOutOfRangeException(nameof(FirstStep), FirstStep, "steps count from 0")
        : Values;

    public int Count => Values.Count == 0 ? 0 : Values[0].Length;

    public long LastStep => FirstStep + Count - 1;

    public static MetricChunk OfStep(long step, params ReadOnlySpan<(string Name, double Value)> metrics)
    {
        var names = new string[metrics.Length];
        var values = new double[metrics.Length][];
        for (var i = 0; i < metrics.Length; i++) (names[i], values[i]) = (metrics[i].Name, [metrics[i].Value]);
        return new MetricChunk(step, names, values);
    }

    /// <summary>True if <paramref name="next"/> starts where this chunk ends and has the same metrics.</summary>
    public bool IsContinuedBy(MetricChunk next) => next.FirstStep == LastStep + 1 && next.Names.SequenceEqual(Names);

    public static MetricChunk Join(IReadOnlyList<MetricChunk> parts)
    {
        var first = parts[0];
        var columns = Enumerable.Range(0, first.Names.Count).Select(i => parts.SelectMany(p => p.Values[i]).ToArray());
        return new MetricChunk(first.FirstStep, first.Names, [.. columns]);
    }

    public IReadOnlyList<MetricSeries> Summarise() => [.. Names.Select((name, i) => MetricSeries.Of(name, Values[i]))];

    /// <summary>SHA-256 over the columns as little-endian float64, in the order of <see cref="Names"/>: what an event vouches for.</summary>
    public string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var column in Values) hash.AppendData(Bytes(column));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>A column as little-endian float64.</summary>
    public static byte[] Bytes(ReadOnlySpan<double> column)
    {
        var bytes = new byte[column.Length * sizeof(double)];
        for (var i = 0; i < column.Length; i++) BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(i * sizeof(double)), column[i]);
        return bytes;
    }
}

/// <summary>One metric of a chunk, summed up. Minimum and maximum leave out values that are not finite; without any they are NaN.</summary>
public sealed record MetricSeries(string Name, double Last, double Min, double Max)
{
    public static MetricSeries Of(string name, IReadOnlyList<double> values)
    {
        double min = double.NaN, max = double.NaN;
        foreach (var value in values.Where(double.IsFinite))
            (min, max) = double.IsNaN(min) ? (value, value) : (Math.Min(min, value), Math.Max(max, value));
        return new MetricSeries(name, values[^1], min, max);
    }
}
