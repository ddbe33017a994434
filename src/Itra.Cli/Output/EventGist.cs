using System.Text.Json;

namespace Itra.Cli.Output;

/// <summary>An event's data on one line of a terminal: plain values by name, the rest by its size. The whole is in the JSON.</summary>
internal static class EventGist
{
    private const int LongestText = 40;

    /// <param name="width">Most characters to use.</param>
    public static string Of(JsonElement data, int width)
    {
        // The time has a column of its own.
        var text = string.Join(", ", data.EnumerateObject().Where(p => p.Name != "at").Select(p => $"{p.Name.Replace('_', ' ')} {Value(p.Value)}"));
        return Cut(text, width);
    }

    private static string Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when !value.TryGetInt64(out _) => $"{value.GetDouble():G4}",
        JsonValueKind.String => Cut(value.GetString()!, LongestText),
        JsonValueKind.Array => $"[{value.GetArrayLength()}]",
        JsonValueKind.Object => $"({string.Join(", ", value.EnumerateObject().Where(p => p.Value.ValueKind is JsonValueKind.Number or JsonValueKind.String).Select(p => $"{p.Name.Replace('_', ' ')} {Value(p.Value)}"))})",
        _ => value.GetRawText(),
    };

    private static string Cut(string text, int width) => text.Length <= width ? text : text[..Math.Max(0, width - 1)] + "…";
}
