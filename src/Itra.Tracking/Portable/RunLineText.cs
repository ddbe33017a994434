using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Itra.Tracking.Portable;

/// <summary>Lines of a run file as JSON. What is read is what would have been written, or it is refused.</summary>
internal static class RunLineText
{
    private const string Moment = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
    private static readonly JsonWriterOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    public static void Write(IBufferWriter<byte> to, RunFileHeader header) => Object(to, json =>
    {
        json.WriteString("format", RunFileHeader.Format);
        json.WriteNumber("version", RunFileHeader.Version);
        json.WriteString("run", header.Run);
        json.WriteStartObject("head");
        json.WriteNumber("version", header.Head.Version);
        json.WriteString("hash", header.Head.Hash);
        json.WriteEndObject();
        json.WriteString("exported_at", At(header.ExportedAt));
        json.WriteString("itra", header.Itra);
    });

    public static void Write(IBufferWriter<byte> to, RunLine line) => Object(to, json =>
    {
        if (line is EventLine e)
        {
            json.WriteNumber("version", e.Version);
            json.WriteString("type", e.Type);
            json.WriteString("id", e.Id);
            json.WriteString("timestamp", At(e.Timestamp));
            json.WriteString("hash", e.Hash);
            json.WritePropertyName("data");
            json.WriteRawValue(e.Data);
        }
        else if (line is MetricLine m)
        {
            json.WriteString("metric", m.Metric);
            json.WriteNumber("attempt", m.Attempt);
            json.WriteNumber("first_step", m.FirstStep);
            json.WriteNumber("n", m.N);
            json.WriteNumber("encoding", m.Encoding);
            json.WriteBase64String("vals", m.Vals);
        }
    });

    /// <param name="lines">Lines before this one.</param>
    /// <param name="sha256">Of all bytes before this line.</param>
    public static void WriteEnd(IBufferWriter<byte> to, long lines, string sha256) => Object(to, json =>
    {
        json.WriteStartObject("end");
        json.WriteNumber("lines", lines);
        json.WriteString("sha256", sha256);
        json.WriteEndObject();
    });

    public static bool IsEnd(in ReadOnlySequence<byte> line) => new SequenceReader<byte>(line).IsNext("{\"end\""u8);

    /// <exception cref="FormatException">It is not the header of a run file that this program can read.</exception>
    public static RunFileHeader ReadHeader(in ReadOnlySequence<byte> line)
    {
        const string otherwise = "it has no header of a run file";
        var (format, version) = Parse(line, otherwise, json => (Text(json, "format"), Number(json, "version")));
        if (format != RunFileHeader.Format) throw new FormatException(otherwise);
        if (version > RunFileHeader.Version) throw new FormatException("it was written by a newer Itra: update this program");
        return Parse(line, otherwise, json => new RunFileHeader(
            Text(json, "run"), new RunHead(Number(json.GetProperty("head"), "version"), Text(json.GetProperty("head"), "hash")), At(Text(json, "exported_at")), Text(json, "itra")));
    }

    /// <exception cref="FormatException">It is neither an event nor metric values.</exception>
    public static RunLine ReadLine(in ReadOnlySequence<byte> line) => Parse<RunLine>(line, "neither an event nor metric values", json => json.TryGetProperty("metric", out var metric)
        ? new MetricLine(metric.GetString()!, checked((int)Number(json, "attempt")), Number(json, "first_step"), json.GetProperty("n").GetInt32(), json.GetProperty("encoding").GetInt16(), json.GetProperty("vals").GetBytesFromBase64())
        : new EventLine(
            Number(json, "version"), Text(json, "type"), Guid.ParseExact(Text(json, "id"), "D"), At(Text(json, "timestamp")), Text(json, "hash"), json.GetProperty("data").GetRawText()));

    private static T Parse<T>(in ReadOnlySequence<byte> line, string otherwise, Func<JsonElement, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(line, Strict);
            return read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or OverflowException or FormatException)
        {
            throw new FormatException(otherwise, e);
        }
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString() ?? throw new FormatException($"no {name}");

    private static long Number(JsonElement json, string name) => json.GetProperty(name).GetInt64();

    private static string At(DateTimeOffset moment) => moment.UtcDateTime.ToString(Moment, CultureInfo.InvariantCulture);

    private static DateTimeOffset At(string text) =>
        DateTimeOffset.ParseExact(text, Moment, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);

    private static void Object(IBufferWriter<byte> to, Action<Utf8JsonWriter> write)
    {
        using var json = new Utf8JsonWriter(to, Written);
        json.WriteStartObject();
        write(json);
        json.WriteEndObject();
        json.Flush();
        to.Write("\n"u8);
    }
}
