using System.Text.Json;
using Itra.Domain.Runs;
using Itra.Tracking.Leaderboards;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Projections;

/// <summary>Everything that is folded of one run, as its rows.</summary>
/// <param name="Version">Of the last event in it.</param>
/// <param name="Summary">JSON of the <see cref="RunSummary"/>; null if the stream is no run.</param>
internal sealed record RunFold(string RunId, long Version, string? Summary, RunSpecRow? Spec, IReadOnlyList<ScoreRow> Scores)
{
    /// <param name="events">All of the run, in order. What this program does not know is passed over.</param>
    public static RunFold Of(string runId, long version, IReadOnlyList<(long Version, RunEvent Event)> events)
    {
        RunSummary? summary = null;
        foreach (var (_, e) in events) summary = RunSummary.Fold(summary, e);
        return new RunFold(
            runId, version, summary is null ? null : JsonSerializer.Serialize(summary, EventJson.Options),
            events.Select(e => e.Event).OfType<RunRegistered>().FirstOrDefault() is { } registered ? RunSpecRow.Of(registered) : null,
            ScoreRows.Fold(runId, events));
    }
}
