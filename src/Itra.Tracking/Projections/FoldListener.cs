using Itra.Domain.Runs;
using Itra.Tracking.Leaderboards;
using Itra.Tracking.Runs;
using JasperFx.Events;
using Marten;

namespace Itra.Tracking.Projections;

/// <summary>
/// Writes the rows of <see cref="RunSpecTable"/> and <see cref="ScoreTable"/> in the transaction that stores the events, whoever stores them.
/// Not a projection of Marten: those are not told an event's version when it is stored.
/// </summary>
internal sealed class FoldListener : DocumentSessionListenerBase
{
    public override Task BeforeSaveChangesAsync(IDocumentSession session, CancellationToken token)
    {
        foreach (var stream in session.PendingChanges.Streams())
        {
            for (var i = 0; i < stream.Events.Count; i++)
            {
                if (stream.Events[i].Data is RunEvent e and (RunRegistered or RunResumed or RetrievalEvaluated or ClassificationEvaluated or WiseFtEvaluated))
                    Record(session, stream.Key!, VersionBefore(stream) + i + 1, e);
            }
        }
        return Task.CompletedTask;
    }

    /// <summary>Adds what one event does to the tables to what the session will save.</summary>
    public static void Record(IDocumentOperations session, string runId, long version, RunEvent e)
    {
        if (e is RunRegistered registered) RunSpecTable.Record(session, registered);
        ScoreTable.Record(session, runId, version, e);
    }

    private static long VersionBefore(StreamAction stream) => stream.ActionType == StreamActionType.Start ? 0
        : stream.ExpectedVersionOnServer ?? throw new InvalidOperationException($"scores were appended to {stream.Key} without the version that is expected of it");
}
