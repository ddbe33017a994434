using System.Text;
using System.Text.Json;

namespace Itra.Tracking.Portable;

/// <summary>Finds a null among values that all stand for something: in a list, or in what maps names to values. Deserialising lets those pass.</summary>
internal static class Hole
{
    private static readonly string[] Maps = ["config", "libraries", "environment", "origins", "scores", "datasets"];

    /// <returns>Name of the list or map; null if there is none.</returns>
    public static string? In(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        var (around, name) = (new Stack<(string Name, bool IsArray)>(), "");
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    name = reader.GetString()!;
                    break;
                case JsonTokenType.StartArray or JsonTokenType.StartObject:
                    around.Push((name, reader.TokenType == JsonTokenType.StartArray));
                    break;
                case JsonTokenType.EndArray or JsonTokenType.EndObject:
                    around.Pop();
                    break;
                case JsonTokenType.Null when around.TryPeek(out var place) && (place.IsArray || Maps.Contains(place.Name)):
                    return place.Name;
            }
        }
        return null;
    }
}
