using System.Text.Json.Nodes;

namespace Itra.Tracking.Portable.Crates;

/// <summary>Gathers entities in the shape of RO-Crate metadata: one flat list of objects that refer to each other by <c>@id</c>.</summary>
internal sealed class CrateGraph
{
    private readonly Dictionary<string, JsonObject> entities = [];

    public JsonObject Document => new()
    {
        ["@context"] = new JsonArray("https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context"),
        ["@graph"] = new JsonArray([.. entities.Values]),
    };

    /// <summary>Adds an entity, once; what is null is left out.</summary>
    /// <returns>A reference to it.</returns>
    public JsonObject Add(string id, string type, params ReadOnlySpan<(string Name, JsonNode? Value)> properties)
    {
        if (entities.ContainsKey(id)) return Ref(id);
        var entity = new JsonObject { ["@id"] = id, ["@type"] = type };
        foreach (var (name, value) in properties)
            if (value is not null) entity[name] = value;
        entities.Add(id, entity);
        return Ref(id);
    }

    public static JsonObject Ref(string id) => new() { ["@id"] = id };
}
