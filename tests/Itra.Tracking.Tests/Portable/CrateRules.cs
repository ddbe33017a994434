using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Itra.Tracking.Tests.Portable;

/// <summary>What RO-Crate 1.1 and the Process Run Crate profile 0.5 demand (MUST) of a crate that lies in a folder.</summary>
internal static class CrateRules
{
    private const string Descriptor = "ro-crate-metadata.json";

    /// <returns>Each rule that is broken.</returns>
    public static IEnumerable<string> Broken(string folder)
    {
        var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, Descriptor))).RootElement;
        if (!Texts(document, "@context").Contains("https://w3id.org/ro/crate/1.1/context")) yield return "no context of RO-Crate 1.1";
        var entities = document.GetProperty("@graph").EnumerateArray().ToList();
        if (entities.Any(e => !e.TryGetProperty("@id", out _) || !e.TryGetProperty("@type", out _))) yield return "an entity without @id or @type";
        if (entities.Select(Id).Distinct().Count() != entities.Count) yield return "two entities of one @id";
        if (entities.Any(IsNested)) yield return "an entity inside of another: the graph is not flat";

        var byId = entities.ToDictionary(Id);
        if (!byId.TryGetValue(Descriptor, out var descriptor) || !Texts(descriptor, "@type").Contains("CreativeWork")) yield return "no metadata descriptor";
        else if (!Refs(descriptor, "conformsTo").Contains("https://w3id.org/ro/crate/1.1")) yield return "the descriptor does not say that it conforms to RO-Crate 1.1";
        var root = byId[Refs(descriptor, "about").Single()];
        foreach (var broken in BrokenRoot(root)) yield return broken;
        foreach (var broken in BrokenFiles(folder, root, byId)) yield return broken;
        foreach (var broken in BrokenProcess(root, byId)) yield return broken;
    }

    private static IEnumerable<string> BrokenRoot(JsonElement root)
    {
        if (!Texts(root, "@type").Contains("Dataset")) yield return "the root is no Dataset";
        if (!Id(root).EndsWith('/')) yield return "the root's @id does not end with a slash";
        foreach (var name in new[] { "name", "description", "datePublished", "license" })
            if (!root.TryGetProperty(name, out _)) yield return $"the root has no {name}";
        if (!DateTimeOffset.TryParse(root.GetProperty("datePublished").GetString(), CultureInfo.InvariantCulture, out _)) yield return "datePublished is no date";
    }

    private static IEnumerable<string> BrokenFiles(string folder, JsonElement root, Dictionary<string, JsonElement> byId)
    {
        var parts = Refs(root, "hasPart").ToHashSet();
        foreach (var file in byId.Values.Where(e => Texts(e, "@type").Contains("File")))
        {
            var path = Path.Combine(folder, Id(file));
            if (!parts.Contains(Id(file))) yield return $"{Id(file)} is not a part of the root";
            if (!File.Exists(path)) yield return $"{Id(file)} is not there";
            else if (Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))) != file.GetProperty("sha256").GetString()) yield return $"{Id(file)} has another digest";
            else if (new FileInfo(path).Length.ToString(CultureInfo.InvariantCulture) != file.GetProperty("contentSize").GetString()) yield return $"{Id(file)} has another size";
            if (!file.TryGetProperty("encodingFormat", out _)) yield return $"{Id(file)} has no encodingFormat";
        }
        foreach (var part in parts.Where(p => !byId.ContainsKey(p))) yield return $"part {part} is not described";
        var there = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f)).Except([Descriptor]);
        foreach (var file in there.Except(parts)) yield return $"{file} is in the folder and not in the crate";
    }

    private static IEnumerable<string> BrokenProcess(JsonElement root, Dictionary<string, JsonElement> byId)
    {
        if (!Refs(root, "conformsTo").Contains("https://w3id.org/ro/wfrun/process/0.5")) yield return "the root does not name the profile";
        else if (!Texts(byId["https://w3id.org/ro/wfrun/process/0.5"], "@type").Contains("CreativeWork")) yield return "the profile is not described as a CreativeWork";
        var actions = byId.Values.Where(e => Texts(e, "@type").Contains("CreateAction")).ToList();
        if (actions.Count == 0) yield return "no action";
        foreach (var action in actions)
            if (!Refs(action, "instrument").Any(i => byId.TryGetValue(i, out var tool) && Texts(tool, "@type").Contains("SoftwareApplication"))) yield return $"{Id(action)} names no instrument";
        foreach (var id in Refs(root, "mentions").Concat(actions.SelectMany(a => new[] { "agent", "object", "result" }.SelectMany(p => Refs(a, p)))))
            if (!byId.ContainsKey(id)) yield return $"{id} is referred to and not described";
    }

    private static string Id(JsonElement entity) => entity.GetProperty("@id").GetString()!;

    private static bool IsNested(JsonElement entity) =>
        entity.EnumerateObject().SelectMany(p => p.Value.ValueKind == JsonValueKind.Array ? p.Value.EnumerateArray() : Enumerable.Repeat(p.Value, 1))
            .Any(v => v.ValueKind == JsonValueKind.Object && v.EnumerateObject().Any(p => p.Name is not ("@id" or "@value" or "@type")));

    private static IEnumerable<string?> Texts(JsonElement entity, string name) => All(entity, name).Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString());

    private static IEnumerable<string> Refs(JsonElement entity, string name) => All(entity, name).Where(v => v.ValueKind == JsonValueKind.Object).Select(Id);

    private static IEnumerable<JsonElement> All(JsonElement entity, string name)
    {
        if (!entity.TryGetProperty(name, out var value)) yield break;
        if (value.ValueKind != JsonValueKind.Array) yield return value;
        else foreach (var one in value.EnumerateArray()) yield return one;
    }
}
