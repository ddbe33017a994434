using Itra.Domain;
using Itra.Tracking.Audit;
using Itra.Tracking.Leaderboards;
using Itra.Tracking.Projections;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using JasperFx;
using Marten;
using Npgsql;

namespace Itra.Tracking.Postgres;

/// <summary>Tables and functions of the store. Applied when they are missing or of another version, and not looked at otherwise.</summary>
internal static class TrackingSchema
{
    public const string Name = "itra";

    /// <summary>Raise it with every change to <see cref="Tables"/>, to a projection's document, or to Marten's configuration.</summary>
    public const int Version = 2;

    // The first one whose events have hashes.
    private const int Chained = 2;

    // The first one that has a table of scores.
    private const int Scored = 2;

    // Any number that no other program is likely to lock.
    private const long Lock = 0x17_2A_17_2A;

    // Each repeatable: they meet a new store and those of every earlier version.
    private static readonly string[] Tables = [MetricChunkTable.Sql, ChainTable.Sql, LedgerTables.Sql, EventIndexes.Sql, RunSpecTable.Sql, ScoreTable.Sql, StoreIdentity.Sql];

    // Marten's functions belong to its version.
    internal static string Marten => typeof(DocumentStore).Assembly.GetName().Version!.ToString(3);

    /// <param name="mayMigrate">False if the schema is its owner's to bring up to date.</param>
    /// <param name="asked">Whether somebody wants it gone through though it is of this version: an index that is missing is made, and whatever else was lost.</param>
    /// <exception cref="UserErrorException">The store is newer than this program, or older and not ours to bring up to date.</exception>
    public static async Task EnsureAsync(IDocumentStore store, NpgsqlDataSource source, bool mayMigrate, bool asked, CancellationToken cancellation)
    {
        await using var connection = await source.OpenConnectionAsync(cancellation);
        if (await IsCurrentAsync(connection, cancellation) && !asked) return;
        if (!mayMigrate) throw await OutOfDateAsync(connection, cancellation);

        await ExecuteAsync(connection, $"select pg_advisory_lock({Lock})", cancellation);
        try
        {
            if (await IsCurrentAsync(connection, cancellation) && !asked) return;
            var before = await ReadAsync(connection, cancellation);
            await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync(AutoCreate.CreateOrUpdate);
            await ExecuteAsync(connection, $"""
                {string.Join('\n', Tables)}
                """, cancellation);
            if (before is { Version: < Chained }) await ChainAdoption.RunAsync(source, cancellation);
            if (before is { Version: < Scored })
            {
                await ExecuteAsync(connection, $"drop table if exists {Name}.mt_doc_leaderboard_entry", cancellation);
                await new ProjectionRebuild(source).RunAsync(progress: null, cancellation);
            }
            await ExecuteAsync(connection, $"""
                create table if not exists {Name}.itra_schema (one boolean primary key default true check (one), version integer not null, marten text not null);
                insert into {Name}.itra_schema (version, marten) values ({Version}, '{Marten}')
                    on conflict (one) do update set version = excluded.version, marten = excluded.marten;
                """, cancellation);
        }
        finally
        {
            await ExecuteAsync(connection, $"select pg_advisory_unlock({Lock})", CancellationToken.None);
        }
    }

    /// <summary>Version in the database, or null if nothing was ever applied there.</summary>
    public static async Task<(int Version, string Marten)?> ReadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand($"select version, marten from {Name}.itra_schema", connection);
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            return await reader.ReadAsync(cancellation) ? (reader.GetInt32(0), reader.GetString(1)) : null;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return null;
        }
    }

    /// <exception cref="UserErrorException">The store was written by a newer Itra.</exception>
    public static async Task RefuseNewerAsync(NpgsqlConnection connection, CancellationToken cancellation) => await IsCurrentAsync(connection, cancellation);

    private static async Task<UserErrorException> OutOfDateAsync(NpgsqlConnection connection, CancellationToken cancellation) => new(
        await ReadAsync(connection, cancellation) is { } there
            ? $"the store has schema {there.Version} (Marten {there.Marten}), this Itra needs {Version} ({Marten}), and ITRA_AUTO_MIGRATE is 'no': run 'itra db migrate' as the owner of its tables"
            : "the database holds nothing of Itra yet, and ITRA_AUTO_MIGRATE is 'no': run 'itra db migrate' as the owner-to-be of its tables");

    private static async Task<bool> IsCurrentAsync(NpgsqlConnection connection, CancellationToken cancellation) =>
        await ReadAsync(connection, cancellation) switch
        {
            { } there when there.Version > Version => throw new UserErrorException(
                $"the store was written by a newer Itra (schema {there.Version}; this one knows {Version}): update this program"),
            { } there => there == (Version, Marten),
            null => false,
        };

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
