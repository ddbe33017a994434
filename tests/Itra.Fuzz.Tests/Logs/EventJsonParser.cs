using System.Text;
using System.Text.Json;
using Itra.Domain.Runs;
using Itra.Tracking;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Runs;

namespace Itra.Fuzz.Tests.Logs;

/// <summary>Events as JSON, each behind a line with its name, as whoever gives us a file or a log may write them.</summary>
internal sealed class EventJsonParser : IParser
{
    public IReadOnlyList<byte[]> Seeds { get; } = [.. GoldenEvents.All.Select(e => Encoding.UTF8.GetBytes($"{TrackingRegistration.NameOf(e)}\n{EventJson.Write(e)}"))];

    public IReadOnlyList<string> Tokens { get; } =
    [
        "null", "{}", "[]", "[null]", "{\"a\":null}", "\"at\":", "\"NaN\"", "\"Infinity\"", "1e400", "-1", "\"\"", "{", "}", "[", "]", ",", ":", "\"2026-01-01T00:00:00+99:00\"", "\"\\ud800\"", "\"\\u0000\"", "true", "\xff", "[[[[", "{\"a\":",
        "\"series\":null,", "\"spec\":null,", "\"run_id\":", "\"origin\":", "\"stored\":{\"sha256\":\"a\",\"bytes\":-1},", "0.1", "12", "\"diverged\"", "99999999999999999999",
    ];

    public bool Accepts(byte[] input, string path)
    {
        var end = Array.IndexOf(input, (byte)'\n');
        if (end < 0) return false;
        var (name, json) = (Encoding.UTF8.GetString(input, 0, end), Encoding.UTF8.GetString(input, end + 1, input.Length - end - 1));
        if (!TrackingRegistration.Events.ContainsKey(name)) return EventJson.ReadForeign(name, json) is not null;
        try
        {
            var e = EventJson.ReadForeign(name, json) ?? throw new InvalidOperationException("a known event is not known");
            var written = EventJson.Write(e);
            var again = EventJson.ReadForeign(name, written) ?? throw new InvalidOperationException("what was written cannot be read");
            if (EventJson.Write(again) != written) throw new InvalidOperationException("another event comes back");
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
