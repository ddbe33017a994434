using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Postgres;
using Itra.Tracking.WriteAhead;
using Npgsql;

namespace Itra.Tracking.Backup;

/// <summary>Makes a private store from a backup, in an ITRA_HOME that has none.</summary>
public sealed class StoreRestore(TrackingDatabase database, string home, Func<string, string?> environment)
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="UserErrorException">There is a store here, or no whole backup there.</exception>
    public async Task<BackupManifest> RunAsync(string folder, CancellationToken cancellation)
    {
        if (database.Cluster is not { } cluster)
            throw new UserErrorException($"ITRA_POSTGRES is set: a backup becomes a private store; unset it, or give the server's own backup back to {database.Address.Display} (docs/operations.md)");
        var manifest = BackupManifest.Read(folder);
        if (manifest.Schema > TrackingSchema.Version)
            throw new UserErrorException($"{folder} was written by a newer Itra (schema {manifest.Schema}; this one knows {TrackingSchema.Version}): update this program");
        if (PostgresBinaries.Find(environment).Major is var major && major < manifest.PostgresMajor)
            throw new UserErrorException($"{folder} was written by PostgreSQL {manifest.PostgresMajor}, and here is only {major}: type 'sudo apt-get install -y postgresql-{manifest.PostgresMajor}'");
        if (!UnfinishedRestore.IsIn(home)) MustBeNew();

        var blobs = BackupFolder.BlobsIn(folder);
        await MustBeWholeAsync(manifest, blobs, folder, cancellation);
        // From here on, whatever is made is known to be half a store until it is a whole one.
        using var mark = UnfinishedRestore.Begin(home, Path.GetFullPath(folder), BackupManifest.DigestIn(folder));
        database.IsBeingRestored = true;
        await database.EnsureRunningAsync(cancellation);
        foreach (var file in manifest.Files.Where(f => f.Sha256 is not null)) await PlaceAsync(file, blobs, cancellation);
        await FillAsync(cluster, manifest, blobs, cancellation);
        // Last, so that no log is shipped into a database that has not got its events yet.
        var pending = PendingLogs.Of(home);
        foreach (var log in manifest.Files.Where(f => f.Path.StartsWith(HomeFiles.Logs + "/", StringComparison.Ordinal) && f.Path.EndsWith("/" + EventLog.FileName, StringComparison.Ordinal)))
            pending.Add(Path.Combine(home, log.Path), Guid.Parse(log.Path.Split('/')[1]));
        mark.End();
        return manifest;
    }

    private void MustBeNew()
    {
        if (database.Exists || HomeFiles.Folders.Append(PendingLogs.Folder).Any(f => f != "models" && Directory.Exists(Path.Combine(home, f))))
            throw new UserErrorException($"there is a store in {home} already: set ITRA_HOME to a new folder, or move that one away");
    }

    /// <summary>Before anything is made: a backup that lacks something is no reason to leave half a store.</summary>
    private static async Task MustBeWholeAsync(BackupManifest manifest, FolderArtifactStore blobs, string folder, CancellationToken cancellation)
    {
        foreach (var digest in manifest.Contents.Distinct())
        {
            try
            {
                await using var content = await blobs.OpenAsync(digest, cancellation);
            }
            catch (Exception e) when (e is ArtifactMissingException or ArtifactDamagedException)
            {
                throw new UserErrorException($"the backup in {folder} is not whole ({e.Message}): restore from another one", e);
            }
        }
    }

    private async Task PlaceAsync(BackupFile file, FolderArtifactStore blobs, CancellationToken cancellation)
    {
        var place = Path.Combine(home, Renamed(file));
        Directory.CreateDirectory(Path.GetDirectoryName(place)!, file.Path.StartsWith("keys/", StringComparison.Ordinal) ? Mine | UnixFileMode.UserExecute : (UnixFileMode)0b111_101_101);
        await using var content = await blobs.OpenAsync(file.Sha256!, cancellation);
        File.Delete(place);
        await using var copy = new FileStream(place, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Mine });
        await content.CopyToAsync(copy, cancellation);
    }

    // A home without the private key makes a new pair when it seals: the old public key must not be in its place.
    private static string Renamed(BackupFile file) => file.Path == "keys/ledger" + HomeFiles.PublicKey ? $"keys/restored-{file.Sha256![..8]}{HomeFiles.PublicKey}" : file.Path;

    private async Task FillAsync(EmbeddedCluster cluster, BackupManifest manifest, FolderArtifactStore blobs, CancellationToken cancellation)
    {
        await using var connection = await database.OpenAsync(cancellation);
        // The program that fills it outlives whoever was killed while it ran: it comes to its end here, and has filled all or nothing.
        await using (var left = new NpgsqlCommand("select count(pg_terminate_backend(pid, 30000)) from pg_stat_activity where datname = current_database() and application_name = 'pg_restore'", connection) { CommandTimeout = 0 })
            await left.ExecuteNonQueryAsync(cancellation);
        await using var there = new NpgsqlCommand($"select to_regnamespace('{TrackingSchema.Name}') is not null", connection);
        if (await there.ExecuteScalarAsync(cancellation) is not true)
        {
            await using var dump = (FileStream)await blobs.OpenAsync(manifest.Database.Sha256, cancellation);
            new DumpTools(cluster, environment).Restore(dump.Name);
        }
        await using var count = new NpgsqlCommand($"select count(*) from {TrackingSchema.Name}.mt_events where stream_id <> '{Audit.ChainTable.Tombstones}'", connection) { CommandTimeout = 0 };
        if (await count.ExecuteScalarAsync(cancellation) is not long found || found != manifest.Events)
            throw new UserErrorException($"the restored database does not hold the {manifest.Events} events of the backup: restore from another one");
    }
}
