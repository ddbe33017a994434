using System.Globalization;
using System.Text.Json.Nodes;

namespace Itra.Tracking.Portable.Prov;

/// <summary>Gathers things and relations in the shape of PROV-JSON.</summary>
internal sealed class ProvGraph
{
    private readonly JsonObject document = [];
    private int relations;

    public ProvGraph()
    {
        var prefixes = new JsonObject();
        foreach (var (prefix, name) in ProvNames.Prefixes) prefixes[prefix] = name;
        document["prefix"] = prefixes;
    }

    public JsonObject Document => document;

    public string Entity(string id, string type, string label, params ReadOnlySpan<(string Name, JsonNode? Value)> attributes) => Add("entity", id, type, label, attributes);

    public string Activity(string id, string type, string label, DateTimeOffset? start, DateTimeOffset? end, params ReadOnlySpan<(string Name, JsonNode? Value)> attributes) =>
        Add("activity", id, type, label, [("prov:startTime", Moment(start)), ("prov:endTime", Moment(end)), .. attributes]);

    public string Agent(string id, string type, string label, params ReadOnlySpan<(string Name, JsonNode? Value)> attributes) => Add("agent", id, type, label, attributes);

    /// <param name="kind">As PROV names it, such as <c>used</c>.</param>
    public void Relate(string kind, params ReadOnlySpan<(string Role, JsonNode? Value)> ends) => Section(kind)[$"_:r{++relations}"] = Object(ends);

    public static JsonNode? Moment(DateTimeOffset? at) => at?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    public static JsonNode Typed(double value) => new JsonObject { ["$"] = value.ToString("R", CultureInfo.InvariantCulture) switch { "Infinity" => "INF", "-Infinity" => "-INF", var text => text }, ["type"] = "xsd:double" };

    public static JsonNode Typed(long value) => new JsonObject { ["$"] = value.ToString(CultureInfo.InvariantCulture), ["type"] = "xsd:long" };

    private string Add(string section, string id, string type, string label, ReadOnlySpan<(string Name, JsonNode? Value)> attributes)
    {
        // The same data may be read twice: one thing, told once.
        if (!Section(section).ContainsKey(id))
            Section(section)[id] = Object([("prov:type", new JsonObject { ["$"] = type, ["type"] = "prov:QUALIFIED_NAME" }), ("prov:label", label), .. attributes]);
        return id;
    }

    private JsonObject Section(string name)
    {
        if (document[name] is JsonObject there) return there;
        var section = new JsonObject();
        document[name] = section;
        return section;
    }

    private static JsonObject Object(ReadOnlySpan<(string Name, JsonNode? Value)> attributes)
    {
        var json = new JsonObject();
        foreach (var (name, value) in attributes)
            if (value is not null) json[name] = value;
        return json;
    }
}
