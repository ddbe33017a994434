using System.Data;
using Itra.Domain;
using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;
using Itra.Tracking.Projections;
using Itra.Tracking.Retention;
using Npgsql;

namespace Itra.Tracking.Backup;

/// <summary>What a backup came to.</summary>
/// <param name="NewFiles">Contents that were not there from a backup before, the dump not counted.</param>
/// <param name="Damaged">Digests of blobs that are not what they were: not in this backup, unless a good copy was there before.</param>
public sealed record BackupReport(string Folder, BackupManifest Manifest, long NewFiles, long NewBytes, IReadOnlyList<string> Damaged);

/// <summary>
/// Copies the private store while runs write to it. Logs are copied first and the database second, so that whatever was recorded when
/// the backup began is in one of them; blobs before and after, so that neither new ones nor collected ones are missed.
/// </summary>
public sealed class StoreBackup(TrackingDatabase database, string home, Func<string, string?> environment, TimeProvider clock)
{
    /// <param name="withKey">Also the private key that signs seals: who has it can seal anything.</param>
    /// <param name="withModels">Also weights and vocabularies; they are only listed otherwise.</param>
    /// <exception cref="UserErrorException">There is nothing to keep, or the folder is of no use, or pg_dump is missing or fails.</exception>
    public async Task<BackupReport> RunAsync(string folder, bool withKey, bool withModels, CancellationToken cancellation)
    {
        if (database.Cluster is not { } cluster)
            throw new UserErrorException($"{database.Address.Display} is not Itra's own: keep it with pg_dump or WAL archiving, and the bucket after it (docs/operations.md)");
        if (!database.Exists) throw Nothing();
        var store = await StoreAsync(cancellation);
        await using var alone = await CollectionLock.TakeAsync(database, cancellation);
        using var target = BackupFolder.Open(folder, store);

        var files = new HomeFiles(home, target.Blobs);
        await files.AddArtifactsAsync(cancellation);
        await files.AddLogsAsync(cancellation);
        await files.AddFolderAsync("spool", f => !f.Contains("/incoming/", StringComparison.Ordinal), cancellation);
        var manifest = await DumpAsync(cluster, target, store, cancellation);
        await files.AddArtifactsAsync(cancellation);
        await files.AddFolderAsync("keys", f => withKey || f.EndsWith(HomeFiles.PublicKey, StringComparison.Ordinal), cancellation);
        // A seal of this store that came later is none of that state.
        await files.AddFolderAsync("seals", f => Path.GetDirectoryName(f) != Path.Combine(home, "seals") || IsUpTo(manifest.LastSeal, f), cancellation);
        if (withModels) await files.AddFolderAsync("models", _ => true, cancellation);
        else files.List("models");

        manifest = manifest with { Files = files.Files };
        target.Finish(manifest);
        return new BackupReport(Path.GetFullPath(folder), manifest, files.NewFiles, files.NewBytes, [.. files.Damaged]);
    }

    private async Task<string> StoreAsync(CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand("select system_identifier::text from pg_control_system()", connection);
        return (string)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private async Task<BackupManifest> DumpAsync(EmbeddedCluster cluster, BackupFolder target, string store, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        // pg_dump reads the state that this transaction sees.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var tools = new DumpTools(cluster, environment);
        var (snapshot, isFilled, hasSeals) = await RowAsync(connection,
            $"select pg_export_snapshot(), to_regclass('{TrackingSchema.Name}.mt_events') is not null, to_regclass('{LedgerTables.Seals}') is not null",
            r => (r.GetString(0), r.GetBoolean(1), r.GetBoolean(2)), cancellation);
        if (!isFilled) throw Nothing();
        var (events, streams) = await RowAsync(connection,
            $"select count(*), count(distinct stream_id) from {TrackingSchema.Name}.mt_events where stream_id <> '{ChainTable.Tombstones}'", r => (r.GetInt64(0), r.GetInt64(1)), cancellation);
        var seals = !hasSeals ? 0 : await RowAsync(connection, $"select count(*) from {LedgerTables.Seals}", r => r.GetInt64(0), cancellation);
        var last = seals == 0 ? null : await RowAsync(connection, $"select {Seal.Columns} from {LedgerTables.Seals} order by number desc limit 1", Seal.Read, cancellation);
        var schema = await TrackingSchema.ReadAsync(connection, cancellation);

        tools.Dump(snapshot, target.Draft);
        try
        {
            await using var dump = File.OpenRead(target.Draft);
            return new BackupManifest(BackupManifest.CurrentFormat, clock.GetUtcNow(), store, schema?.Version ?? 0, schema?.Marten ?? "", tools.Major, events, streams, last?.Number, last?.Hash,
                await target.Blobs.PutAsync(dump, cancellation), []);
        }
        finally
        {
            File.Delete(target.Draft);
        }
    }

    private static UserErrorException Nothing() => new("nothing has been recorded yet: 'itra demo' or 'itra train' records a run");

    private static bool IsUpTo(long? last, string file) => long.TryParse(Path.GetFileNameWithoutExtension(file), out var number) && number <= last;

    private static async Task<T> RowAsync<T>(NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellation) =>
        (await connection.RowsAsync(sql, read, cancellation))[0];
}
