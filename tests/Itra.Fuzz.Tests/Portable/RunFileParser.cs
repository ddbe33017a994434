using Itra.Tracking.Portable.Imports;

namespace Itra.Fuzz.Tests.Portable;

/// <summary>A run as lines, as it is exported.</summary>
internal sealed class RunFileParser : IParser
{
    public IReadOnlyList<byte[]> Seeds { get; } = [RunSamples.File(RunSamples.Lines)];

    public IReadOnlyList<string> Tokens { get; } =
    [
        "{\"end\"", "{\"metric\":", "null", "\"version\":", "\"n\":", "\n", "\r\n", "{", "}", "[", "]", "\"\\ud800\"", "\"data\":", "\"vals\":\"AAAA\"", "\"run-\"", "PK", "\xff", "\0", "1e5", "\"timestamp\":", "9223372036854775807", "{\"a\":",
    ];

    public bool Accepts(byte[] input, string path)
    {
        if (!RunSamples.Accepts(() => PackedRun.OfLines(() => new MemoryStream(input)))) return false;
        // Its last line vouches for every byte.
        return input.AsSpan().SequenceEqual(Seeds[0]) ? true : throw new InvalidOperationException("it was changed, and is believed");
    }
}
