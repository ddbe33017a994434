using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Itra.Tracking.Audit;
using Itra.Tracking.Portable;

namespace Itra.Tracking.Tests.Portable;

/// <summary>Run files as somebody would make them who knows how.</summary>
internal static class ForgedFile
{
    /// <summary>Lines with the right digest in the last one.</summary>
    public static byte[] Of(IEnumerable<string> lines)
    {
        var body = Encoding.UTF8.GetBytes(string.Concat(lines.SkipLast(1).Select(l => l + "\n")));
        return [.. body, .. Encoding.UTF8.GetBytes($$$"""{"end":{"lines":{{{body.Count(b => b == '\n').ToString(CultureInfo.InvariantCulture)}}},"sha256":"{{{Convert.ToHexStringLower(SHA256.HashData(body))}}}"}}""" + "\n")];
    }

    /// <summary>A run of such events with a sound chain and a sound end.</summary>
    public static byte[] OfEvents(string run, params IReadOnlyList<(string Type, string Data)> events)
    {
        List<string> lines = [];
        byte[] hash = [];
        var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        foreach (var (type, data) in events)
        {
            var (version, id) = (lines.Count + 1, new Guid(lines.Count + 1, 0, 0, new byte[8]));
            hash = EventHash.Of(hash, run, version, type, id, EventHash.Microseconds(at), CanonicalJson.Of(Encoding.UTF8.GetBytes(data)));
            lines.Add($$"""{"version":{{version}},"type":"{{type}}","id":"{{id}}","timestamp":"2026-01-01T00:00:00.000000Z","hash":"{{Convert.ToHexStringLower(hash)}}","data":{{data}}}""");
        }
        var header = $$$"""{"format":"itra-run","version":{{{RunFileHeader.Version}}},"run":"{{{run}}}","head":{"version":{{{lines.Count}}},"hash":"{{{Convert.ToHexStringLower(hash)}}}"},"exported_at":"2026-01-01T00:00:00.000000Z","itra":"1"}""";
        return Of([header, .. lines, ""]);
    }
}
