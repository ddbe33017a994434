using System.Text;
using System.Text.Json;
using Itra.Tracking.Portable.Imports;

namespace Itra.Fuzz.Tests.Portable;

/// <summary>Events and values of a run that somebody changes who then corrects every hash, and the digest of the file.</summary>
internal sealed class RunEventsParser : IParser
{
    public IReadOnlyList<byte[]> Seeds { get; } = [Encoding.UTF8.GetBytes(string.Join('\n', RunSamples.Lines)), Encoding.UTF8.GetBytes(RunSamples.Lines[0])];

    public IReadOnlyList<string> Tokens { get; } =
    [
        "run_completed\t{}", "run_registered\t", "metrics_logged\t", "null", "{}", "[]", "[null]", "\n", "\t", "\"count\":", "\"series\":null", "\"first_step\":", "\"n\":", "\"encoding\":", "\"vals\":\"\"", "\"attempt\":", "1e5", "-1", "\"NaN\"",
        "\"\\ud800\"", "\"\\u0000\"", "16777216", "2147483647", "9223372036854775807", "{\"a\":", "\xff", "\"config\":{\"a\":null}", "1e-400", "0.10", "100000000000000000000000000000000000",
    ];

    public bool Accepts(byte[] input, string path)
    {
        byte[] file;
        try
        {
            file = RunSamples.File(Encoding.UTF8.GetString(input).Split('\n'));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No chain can be made of what is no JSON.
            return false;
        }
        return RunSamples.Accepts(() => PackedRun.OfLines(() => new MemoryStream(file)));
    }
}
