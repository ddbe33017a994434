using System.Globalization;

namespace Itra.Tracking.Portable.Prov;

/// <summary>Identifiers in a PROV document. They are names, not addresses: nothing is to be found under them.</summary>
internal static class ProvNames
{
    public static readonly IReadOnlyDictionary<string, string> Prefixes = new Dictionary<string, string>
    {
        ["itra"] = "urn:itra:terms:", ["run"] = "urn:itra:run:", ["digest"] = "urn:sha256:", ["agent"] = "urn:itra:agent:",
    };

    public static string Run(string id) => $"run:{Part(id)}";

    public static string Plan(string runId) => $"{Run(runId)}/spec";

    public static string Event(string runId, long version) => $"{Run(runId)}/event/{version.ToString(CultureInfo.InvariantCulture)}";

    public static string Score(string runId, long version, string metric) => $"{Event(runId, version)}/{Part(metric)}";

    /// <summary>What is known by its digest, wherever it lies.</summary>
    public static string Digest(string digest) => $"digest:{Part(digest)}";

    public static string Person(string user, string host) => $"agent:person/{Part(user)}/{Part(host)}";

    public static string Software(string version) => $"agent:itra/{Part(version)}";

    private static string Part(string text) => Uri.EscapeDataString(text);
}
