using Npgsql;

namespace Itra.Tracking.Postgres;

/// <summary>What tells one store from all others: drawn when its tables are made, and in every dump of them. What is restored is the same store.</summary>
internal static class StoreIdentity
{
    public const string Name = TrackingSchema.Name + ".store_identity";

    public const string Sql = $"""
        create table if not exists {Name} (one boolean primary key default true check (one), id uuid not null default gen_random_uuid());
        insert into {Name} default values on conflict do nothing;
        """;

    public static async Task<Guid> ReadAsync(TrackingDatabase database, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        try
        {
            return await AskAsync(connection, cancellation);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            // Tables that were made before stores had one.
            await using (var make = new NpgsqlCommand(Sql, connection)) await make.ExecuteNonQueryAsync(cancellation);
            return await AskAsync(connection, cancellation);
        }
    }

    private static async Task<Guid> AskAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"select id from {Name}", connection);
        return (Guid)(await command.ExecuteScalarAsync(cancellation))!;
    }
}
