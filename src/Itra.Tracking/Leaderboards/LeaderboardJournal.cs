using Itra.Domain.Leaderboards;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using Marten;

namespace Itra.Tracking.Leaderboards;

/// <summary>Writes definitions and external rows to the store, where they are events like any other.</summary>
public sealed class LeaderboardJournal(TrackingDatabase database)
{
    private const int Attempts = 5;

    /// <summary>Decides and stores.</summary>
    /// <returns>What was stored; nothing if it was so already.</returns>
    /// <exception cref="StoreUnavailableException">The server refused us.</exception>
    public async Task<IReadOnlyList<LeaderboardEvent>> RecordAsync(LeaderboardCommand command, CancellationToken cancellation)
    {
        await using var store = await TrackingStore.OpenAsync(database, cancellation);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await DecideAndAppendAsync(store.Marten, command, cancellation);
            }
            catch (Exception e) when (MartenRunJournal.IsRace(e) && attempt < Attempts)
            {
                // Somebody else changed the board: it is read and decided again.
            }
            catch (Exception e) when (Refusal.Of(e, database) is { } refusal)
            {
                throw refusal;
            }
        }
    }

    private static async Task<IReadOnlyList<LeaderboardEvent>> DecideAndAppendAsync(DocumentStore marten, LeaderboardCommand command, CancellationToken cancellation)
    {
        var stream = Leaderboard.StreamPrefix + command.Name;
        await using var session = marten.LightweightSession();
        var stored = await session.Events.FetchStreamAsync(stream, token: cancellation);
        var board = stored.Aggregate(Leaderboard.Undefined, (state, e) => state.Evolve((LeaderboardEvent)e.Data));
        var events = LeaderboardDecider.Decide(command, board);
        if (events.Count == 0) return events;
        if (stored.Count == 0) session.Events.StartStream(stream, events);
        else session.Events.Append(stream, stored.Count + events.Count, events);
        await session.SaveChangesAsync(cancellation);
        return events;
    }
}
