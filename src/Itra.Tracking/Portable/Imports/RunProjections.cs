using Itra.Domain.Runs;
using Itra.Tracking.Projections;
using Itra.Tracking.Runs;
using Marten;

namespace Itra.Tracking.Portable.Imports;

/// <summary>Folds a run's events into the rows that the journal would have made of them, with the same functions.</summary>
internal sealed class RunProjections(IDocumentSession session)
{
    private RunSummary? summary;

    private long last;

    public void Add(long version, RunEvent e)
    {
        last = version;
        summary = RunSummary.Fold(summary, e);
        FoldListener.Record(session, summary?.Id ?? "", version, e);
    }

    /// <summary>Adds the rows to what the session will save.</summary>
    public void End()
    {
        if (summary is not null) session.UpdateRevision(summary, last);
    }
}
