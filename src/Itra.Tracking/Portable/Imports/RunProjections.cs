using Itra.Domain.Runs;
using Itra.Tracking.Leaderboards;
using Itra.Tracking.Runs;
using Marten;

namespace Itra.Tracking.Portable.Imports;

/// <summary>Folds a run's events into the rows that the journal would have made of them, with the same functions.</summary>
internal sealed class RunProjections(IDocumentSession session)
{
    private RunSummary? summary;
    private LeaderboardEntry? entry;
    private int version;

    public void Add(RunEvent e)
    {
        version++;
        summary = RunSummary.Fold(summary, e);
        entry = LeaderboardEntry.Fold(entry, e);
    }

    /// <summary>Adds the rows to what the session will save.</summary>
    public void End()
    {
        if (summary is not null) session.UpdateRevision(summary, version);
        if (entry is not null) session.UpdateRevision(entry, version);
    }
}
