using Itra.Domain;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Reading;

/// <summary>What is said to somebody whose words are no run, or several.</summary>
internal static class RunSearch
{
    /// <summary>How many are named.</summary>
    public const int Listed = 5;

    public static UserErrorException None(string text, IReadOnlyList<RunSummary> last, long count) => last.Count == 0
        ? new UserErrorException($"there is no run '{text}': nothing has been recorded yet; 'itra demo' or 'itra train' records a run")
        : new UserErrorException($"there is no run '{text}'; the last ones are {List(last, count)}");

    public static UserErrorException Several(string text, IReadOnlyList<RunSummary> found, long count) =>
        new($"'{text}' is {count} runs: {List(found, count)}; type more of the id");

    private static string List(IReadOnlyList<RunSummary> runs, long count) =>
        string.Join(", ", runs.Take(Listed).Select(r => $"{r.Id} ({r.Name})")) + (count > Listed ? $" and {count - Listed} more" : "");
}
