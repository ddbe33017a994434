using Itra.Domain;
using Itra.Tracking.Postgres;
using Npgsql;

namespace Itra.Tracking.Retention;

/// <summary>One collection or backup at a time: nothing is deleted that is about to be copied. The server lets go of it when the process that holds it dies.</summary>
internal sealed class CollectionLock : IAsyncDisposable
{
    // Any number that no other program is likely to lock.
    private const long Key = 0x17_2A_6C_00;

    private readonly NpgsqlConnection connection;

    private CollectionLock(NpgsqlConnection connection) => this.connection = connection;

    /// <exception cref="UserErrorException">Another process holds it.</exception>
    public static async Task<CollectionLock> TakeAsync(TrackingDatabase database, CancellationToken cancellation)
    {
        var connection = await database.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand($"select pg_try_advisory_lock({Key})", connection);
        if (await command.ExecuteScalarAsync(cancellation) is true) return new CollectionLock(connection);
        await connection.DisposeAsync();
        throw new UserErrorException("an `itra gc` or `itra backup` is at work on this store: wait until it has ended");
    }

    public async ValueTask DisposeAsync()
    {
        // The connection may be used again by others of this process.
        await using (var command = new NpgsqlCommand($"select pg_advisory_unlock({Key})", connection)) await command.ExecuteNonQueryAsync();
        await connection.DisposeAsync();
    }
}
