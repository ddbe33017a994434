using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using Npgsql;
using NpgsqlTypes;

namespace Itra.Tracking.Reading;

/// <summary>One query, its rows.</summary>
internal static class DatabaseQuery
{
    /// <summary>Rows of a query whose parameters are all text; none if there is no store yet.</summary>
    public static async Task<IReadOnlyList<T>> QueryAsync<T>(
        this TrackingDatabase database, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellation, params string?[] parameters)
    {
        if (!database.Exists) return [];
        try
        {
            try
            {
                return await AskAsync(database, sql, read, parameters, cancellation);
            }
            catch (NpgsqlException e) when (ConnectionLoss.IsIn(e))
            {
                // A connection from before the server was stopped. Looking twice does no harm.
                return await AskAsync(database, sql, read, parameters, cancellation);
            }
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidSchemaName)
        {
            // A database that an earlier Itra wrote, or that nothing was recorded in.
            if (await IsEarlierAsync(database, cancellation))
            {
                await using (await TrackingStore.OpenAsync(database, cancellation)) { }
                return await AskAsync(database, sql, read, parameters, cancellation);
            }
            if (e.SqlState == PostgresErrorCodes.UndefinedColumn) throw;
            return [];
        }
        catch (NpgsqlException e) when (ConnectionLoss.IsIn(e))
        {
            throw database.Unavailable(e);
        }
    }

    private static async Task<bool> IsEarlierAsync(TrackingDatabase database, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        return await TrackingSchema.ReadAsync(connection, cancellation) is { Version: < TrackingSchema.Version };
    }

    private static async Task<IReadOnlyList<T>> AskAsync<T>(
        TrackingDatabase database, string sql, Func<NpgsqlDataReader, T> read, string?[] parameters, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = value ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellation)) rows.Add(read(reader));
        return rows;
    }
}
