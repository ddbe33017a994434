using System.Data;
using Itra.Domain;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Npgsql;

namespace Itra.Tracking.Audit;

/// <summary>
/// Seals the ends of all chains, so that what was recorded until then cannot even be changed by somebody who may write to every table and
/// computes all hashes anew.
/// </summary>
/// <param name="home"><c>ITRA_HOME</c>: keys and a copy of each seal are kept there.</param>
public sealed class Ledger(TrackingDatabase database, string home, TimeProvider clock)
{
    private const int Attempts = 10;

    // Any number that no other program is likely to lock.
    private const long Lock = 0x17_2A_5E_A1;

    private const string Last = $"select {Seal.Columns} from {LedgerTables.Seals} order by number desc limit 1";

    internal LedgerKeys Keys { get; } = new(Path.Combine(home, "keys"));

    internal SealFolder Folder { get; } = SealFolder.For(database.Address, home);

    /// <summary>The last seal; null if there is none.</summary>
    public async Task<Seal?> LastAsync(CancellationToken cancellation) =>
        await database.QueryAsync(Last, Seal.Read, cancellation) is [var seal] ? seal : null;

    /// <summary>Seals what was recorded since the last seal.</summary>
    /// <returns>The new seal; null if nothing was recorded since the last one.</returns>
    /// <exception cref="UserErrorException">The copies of seals in this home do not belong to this store.</exception>
    /// <exception cref="StoreUnavailableException">The server does not answer.</exception>
    public async Task<Seal?> SealAsync(CancellationToken cancellation)
    {
        if (!database.Exists) return null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await database.OpenAsync(cancellation);
                if (await SealInTurnAsync(connection, cancellation) is not { } seal) return null;
                Folder.Write(seal);
                return seal;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.SerializationFailure && attempt < Attempts)
            {
                // Something was recorded meanwhile. A run writes about once a second; a seal takes a fraction of that.
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName && attempt == 1)
            {
                // From before there were seals: opening it for writing brings it up to date.
                await using var store = await TrackingStore.OpenAsync(database, cancellation);
            }
        }
    }

    /// <summary>One at a time. Not by a lock of the table: it needs rights that an application's account has no other use for.</summary>
    private async Task<Seal?> SealInTurnAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await ExecuteAsync(connection, $"select pg_advisory_lock({Lock})", cancellation);
        try
        {
            return await SealAsync(connection, cancellation);
        }
        finally
        {
            if (connection.State == ConnectionState.Open) await ExecuteAsync(connection, $"select pg_advisory_unlock({Lock})", CancellationToken.None);
        }
    }

    private async Task<Seal?> SealAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        // One state of the store from here on.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var last = await LastAsync(connection, cancellation);
        var number = (last?.Number ?? 0) + 1;
        var changed = await ExecuteAsync(connection, $"""
            with changed as (update {ChainTable.Name} set sealed = true where not sealed returning stream_id, version, hash)
            insert into {LedgerTables.Leaves} (seal, stream_id, version, hash) select {number}, stream_id, version, hash from changed
            """, cancellation);
        if (changed == 0) return null;
        if (Folder.Files().Select(Path.GetFileNameWithoutExtension).FirstOrDefault(name => long.TryParse(name, out var n) && n >= number) is { } beyond)
            throw new UserErrorException($"{Folder.Location} has seal {beyond}, which {database.Address.Display} does not have: 'itra audit verify' says what is wrong; if the store was made anew on purpose, move that folder away");

        var trie = await HeadsAsync(connection, cancellation);
        var seal = Keys.Sign(new Seal(number, last?.Hash ?? "", EventHash.AtMicrosecond(EventHash.Microseconds(clock.GetUtcNow())), trie.Streams, trie.Events, Convert.ToHexStringLower(trie.Root()), "", ""));
        await InsertAsync(connection, seal, cancellation);
        await transaction.CommitAsync(cancellation);
        return seal;
    }

    private static async Task<Seal?> LastAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(Last, connection);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        return await row.ReadAsync(cancellation) ? Seal.Read(row) : null;
    }

    private static async Task<HeadTrie> HeadsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var trie = new HeadTrie();
        await using var command = new NpgsqlCommand($"select stream_id, version, hash from {ChainTable.Name}", connection);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation)) trie.Set(rows.GetString(0), rows.GetInt64(1), rows.GetFieldValue<byte[]>(2));
        return trie;
    }

    private static async Task InsertAsync(NpgsqlConnection connection, Seal seal, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            $"insert into {LedgerTables.Seals} (number, previous, at, streams, events, root, key, signature) values ($1, $2, $3, $4, $5, $6, $7, $8)", connection);
        foreach (var value in (object[])[seal.Number, Bytes(seal.Previous), seal.At, seal.Streams, seal.Events, Bytes(seal.Root), Bytes(seal.Key), Bytes(seal.Signature)])
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteNonQueryAsync(cancellation);
    }
}
