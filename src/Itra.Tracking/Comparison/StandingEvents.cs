using Itra.Domain.Runs;

namespace Itra.Tracking.Comparison;

/// <summary>What of a run's record counts: without what a resumption superseded, and without the ends that were none.</summary>
public static class StandingEvents
{
    public static IReadOnlyList<RunEvent> Of(IEnumerable<RunEvent> events)
    {
        List<RunEvent> standing = [];
        foreach (var e in events)
        {
            if (e is RunResumed resumed)
            {
                var kept = standing.FindIndex(s => s is CheckpointSaved c && c.Artifact.Sha256 == resumed.CheckpointSha256);
                standing = [.. standing.Where((s, i) => s is CheckpointSaved ? i <= kept : !IsSuperseded(s, resumed))];
            }
            standing.Add(e);
        }
        return standing;
    }

    private static bool IsSuperseded(RunEvent e, RunResumed by) => e switch
    {
        MetricsLogged m => by.SupersedesStep(m.FirstStep),
        RunFailed or RunCancelled => true,
        _ => EpochOf(e) is { } epoch && by.SupersedesEpoch(epoch),
    };

    /// <summary>The epoch after which an event of training happened; null if it belongs to none.</summary>
    internal static int? EpochOf(RunEvent e) => e switch
    {
        SamplesSkipped s => s.Epoch,
        EpochCompleted c => c.Epoch,
        RetrievalEvaluated r => r.Epoch,
        ClassificationEvaluated c => c.Epoch,
        _ => null,
    };
}
