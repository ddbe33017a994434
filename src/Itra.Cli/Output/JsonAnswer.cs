using System.Text.Json;
using Itra.Tracking.Runs;

namespace Itra.Cli.Output;

/// <summary>How answers look as JSON, a contract with scripts that tests pin: in form as events are stored, but with line breaks.</summary>
internal static class JsonAnswer
{
    private static readonly JsonSerializerOptions Options = new(EventJson.Options) { WriteIndented = true };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);
}
