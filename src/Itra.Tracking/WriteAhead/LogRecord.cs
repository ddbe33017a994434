using System.Text;
using Itra.Domain.Runs;
using Itra.Tracking.Runs;

namespace Itra.Tracking.WriteAhead;

/// <summary>An event on its way to the store, with the metric values it vouches for.</summary>
/// <param name="Sequence">Place in its log, from 1.</param>
/// <param name="Id">The event's, for ever: a log that is shipped twice is stored once.</param>
/// <param name="Attempt">How often the run had been resumed.</param>
/// <param name="Chunk">Of a <see cref="MetricsLogged"/>; null otherwise.</param>
internal sealed record LogRecord(long Sequence, Guid Id, int Attempt, RunEvent Event, MetricChunk? Chunk)
{
    private const int GuidBytes = 16;

    /// <summary>Id, attempt, stored name, JSON, columns: each variable part behind its length, numbers little-endian.</summary>
    public byte[] Encode()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Id.ToByteArray(bigEndian: true));
        writer.Write(Attempt);
        writer.Write(TrackingRegistration.NameOf(Event));
        writer.Write(EventJson.Write(Event));
        writer.Write(Chunk?.Values.Count ?? 0);
        foreach (var column in Chunk?.Values ?? [])
        {
            writer.Write(column.Length);
            writer.Write(MetricChunk.Bytes(column));
        }
        return stream.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are whole, but not what <see cref="Encode"/> writes, or of a newer program.</exception>
    public static LogRecord Decode(long sequence, byte[] payload)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(payload), Encoding.UTF8);
            var id = new Guid(reader.ReadBytes(GuidBytes), bigEndian: true);
            var attempt = reader.ReadInt32();
            var name = reader.ReadString();
            var e = EventJson.ReadForeign(name, reader.ReadString()) ?? throw new InvalidDataException($"it holds an event of type {name}, which a newer program wrote");
            var columns = Columns(reader, payload.Length);
            if (reader.BaseStream.Position != payload.Length) throw new InvalidDataException("something follows its values");
            return new LogRecord(sequence, id, attempt, e, columns.Count > 0 ? Chunk((MetricsLogged)e, columns) : null);
        }
        catch (Exception e) when (e is EndOfStreamException or ArgumentException or FormatException or InvalidCastException or IOException or System.Text.Json.JsonException)
        {
            throw new InvalidDataException($"record {sequence} is not readable: {e.Message}", e);
        }

        static MetricChunk Chunk(MetricsLogged e, List<double[]> columns) => new(e.FirstStep, [.. e.Series.Select(s => s.Name)], columns);
    }

    private static List<double[]> Columns(BinaryReader reader, int limit)
    {
        List<double[]> columns = [];
        var left = reader.ReadInt32();
        if (left < 0) throw new InvalidDataException($"{left} columns");
        for (; left > 0; left--)
        {
            var count = reader.ReadInt32();
            if (count < 0 || count > limit / sizeof(double)) throw new InvalidDataException($"a column of {count} values in a record of {limit} bytes");
            var column = new double[count];
            for (var i = 0; i < count; i++) column[i] = reader.ReadDouble();
            columns.Add(column);
        }
        return columns;
    }
}
