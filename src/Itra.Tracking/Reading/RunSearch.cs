using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Reading;

/// <summary>Finds the run that somebody means.</summary>
internal static class RunSearch
{
    private const int Listed = 5;

    public static RunSummary Pick(string text, IReadOnlyList<RunSummary> runs)
    {
        RunSummary[] found = runs.Where(r => r.Id == text).ToArray() is { Length: > 0 } exact ? exact
            : [.. runs.Where(r => r.Name == text || IsPrefix(text, r.Id))];
        return found switch
        {
            [var one] => one,
            [] when runs.Count == 0 => throw new UserErrorException($"there is no run '{text}': nothing has been recorded yet; 'itra demo' or 'itra train' records a run"),
            [] => throw new UserErrorException($"there is no run '{text}'; the last ones are {List(runs)}"),
            _ => throw new UserErrorException($"'{text}' is {found.Length} runs: {List(found)}; type more of the id"),
        };
    }

    private static bool IsPrefix(string text, string id) =>
        text.Length > 0 && (id.StartsWith(text, StringComparison.Ordinal) || id.StartsWith(RunId.Prefix + text, StringComparison.Ordinal));

    private static string List(IReadOnlyList<RunSummary> runs) =>
        string.Join(", ", runs.Take(Listed).Select(r => $"{r.Id} ({r.Name})")) + (runs.Count > Listed ? $" and {runs.Count - Listed} more" : "");
}
