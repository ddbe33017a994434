using Itra.Cli.Arguments;
using Itra.Trainer.Clip;

namespace Itra.Cli.Sweeps;

/// <summary>Settings as the flags of <c>itra train</c>, so that what a sweep starts is what anybody could type.</summary>
internal static class TrainWords
{
    public static IReadOnlyList<string> Of(IReadOnlyDictionary<string, string> settings, string experiment) =>
        [.. settings.Where(s => s.Value.Length > 0).SelectMany(s => Word(s.Key, s.Value)), "--experiment", experiment];

    private static string[] Word(string key, string value) => ClipConfig.Flags.FirstOrDefault(f => f.Key == key) switch
    {
        { } flag when flag.Type == typeof(bool) && value is "false" or "False" => [],
        { } flag when flag.Type == typeof(bool) && value is FlagParser.SwitchedOn or "True" => [$"--{flag.Name}"],
        { } flag when flag.Type == typeof(double[]) => [$"--{flag.Name}", .. value.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
        { } flag => Pair(flag.Name, value),
        null => Pair(key, value),
    };

    /// <summary>A value that looks like a flag has to be joined to its own.</summary>
    private static string[] Pair(string name, string value) => value.StartsWith('-') ? [$"--{name}={value}"] : [$"--{name}", value];
}
