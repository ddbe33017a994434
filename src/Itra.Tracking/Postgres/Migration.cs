using Itra.Tracking.Runs;

namespace Itra.Tracking.Postgres;

/// <summary>Brings a store's schema up to date because somebody asked for it.</summary>
public static class Migration
{
    /// <returns>Versions before (null if there was nothing) and after.</returns>
    /// <exception cref="Domain.UserErrorException">The store is newer than this program.</exception>
    /// <exception cref="StoreUnavailableException">The server does not answer, or the account may not change its tables.</exception>
    public static async Task<(int? Before, int After)> RunAsync(TrackingDatabase database, CancellationToken cancellation)
    {
        int? before;
        await using (var connection = await database.OpenAnyAsync(cancellation)) before = (await TrackingSchema.ReadAsync(connection, cancellation))?.Version;
        try
        {
            await using var store = await TrackingStore.OpenAsync(database, cancellation, migrate: true);
        }
        catch (Exception e) when (Refusal.Of(e, database) is { } refusal)
        {
            throw refusal;
        }
        return (before, TrackingSchema.Version);
    }
}
