using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Itra.Tracking.Runs;

/// <summary>Replaces what PostgreSQL's jsonb refuses or changes silently, NUL and lone surrogates, by U+FFFD.</summary>
internal sealed class StorableText : JsonConverter<string>
{
    public static string Of(string text)
    {
        if (!NeedsChange(text)) return text;
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) clean.Append(rune.Value == 0 ? "\uFFFD" : rune.ToString());
        return clean.ToString();
    }

    public override string? Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => reader.GetString();

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(Of(value));

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) => reader.GetString()!;

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WritePropertyName(Of(value));

    private static bool NeedsChange(string text)
    {
        foreach (var c in text)
            if (c == '\0' || char.IsSurrogate(c)) return true;
        return false;
    }
}
