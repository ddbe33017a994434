using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Tracking.Portable.Imports;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using Marten;
using Marten.Services;
using Npgsql;

namespace Itra.Tracking.Portable;

/// <summary>What came of an import.</summary>
/// <param name="IsNew">False if the store had the run already, event for event.</param>
/// <param name="BlobsStored">Files that the artifact store did not have.</param>
/// <param name="MissingBlobs">Files that the run refers to and that are neither in the file nor in the store.</param>
public sealed record Imported(string RunId, string Name, bool IsNew, long Events, long MetricValues, string Head, int BlobsStored, IReadOnlyList<string> MissingBlobs);

/// <summary>Reads what <see cref="RunExport"/> wrote into a store, as it was: ids, times, versions and hashes. All of it or nothing.</summary>
public sealed class RunImport(TrackingDatabase database, IArtifactStore artifacts)
{
    /// <param name="path">A run as lines, a zip, or a crate's folder.</param>
    /// <param name="progress">Bytes of stored files, kept and in all.</param>
    /// <exception cref="UserErrorException">The file is damaged or was changed, which is told with the first place; or the store has another run of that id.</exception>
    public async Task<Imported> ReadAsync(string path, IProgress<(long Done, long Total)>? progress, CancellationToken cancellation)
    {
        try
        {
            using var packed = PackedRun.Open(path);
            return await ReadAsync(packed, progress, cancellation);
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw new UserErrorException($"{path} is refused: {e.Message.ReplaceLineEndings(" ")}; nothing was imported", e);
        }
        catch (PostgresException e) when (e.SqlState.StartsWith("22", StringComparison.Ordinal))
        {
            throw new UserErrorException($"{path} is refused: PostgreSQL cannot hold what is in it ({e.MessageText}); nothing was imported", e);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw new UserErrorException($"{path} is refused: it holds something twice, or somebody is recording a run of that id; nothing was imported", e);
        }
        catch (NpgsqlException e) when (Refusal.Of(e, database) is { } refusal)
        {
            throw refusal;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path} cannot be imported: {e.Message}", e);
        }
    }

    /// <summary>What reading a file ends with that is damaged, hostile or something else.</summary>
    internal static bool IsRefusal(Exception e) => e is FormatException or ChainBrokenException or InvalidDataException or EndOfStreamException;

    private async Task<Imported> ReadAsync(PackedRun packed, IProgress<(long Done, long Total)>? progress, CancellationToken cancellation)
    {
        var lines = new PackedLines(packed);
        var sound = await lines.CheckAsync(cancellation);
        await using var store = await TrackingStore.OpenAsync(database, cancellation);
        await using var connection = store.Marten.Storage.Database.CreateConnection();
        await connection.OpenAsync(cancellation);
        var known = new KnownRun(connection, lines);
        var isThere = await known.IsThereAsync(sound.Header, cancellation);
        // Files first, events second: no event ever points at a file that is still on its way.
        var blobs = await new PackedBlobs(packed, artifacts, progress).StoreAsync(sound.Artifacts, cancellation);
        var isNew = !isThere && await InsertAsync(store.Marten, connection, lines, known, sound.Header, cancellation);
        return new Imported(sound.Header.Run, sound.Name, isNew, sound.Header.Head.Version, sound.MetricValues, sound.Header.Head.Hash, blobs.Stored, blobs.Missing);
    }

    /// <returns>False if somebody else imported it meanwhile.</returns>
    private static async Task<bool> InsertAsync(DocumentStore marten, NpgsqlConnection connection, PackedLines lines, KnownRun known, RunFileHeader header, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var wait = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended('itra import ' || $1, 0))", connection) { Parameters = { new() { Value = header.Run } } })
            await wait.ExecuteNonQueryAsync(cancellation);
        if (await known.IsThereAsync(header, cancellation)) return false;

        await using var session = marten.LightweightSession(SessionOptions.ForTransaction(transaction));
        using var text = new StoredText();
        var insert = new RunInsert(connection, session, header);
        await insert.BeginAsync(cancellation);
        await foreach (var (line, told) in lines.ReadAsync(cancellation))
        {
            text.Add(line);
            await insert.AddAsync(line, told, cancellation);
        }
        await insert.EndAsync(cancellation);
        await text.CompareAsync(connection, header.Run, cancellation);
        await transaction.CommitAsync(cancellation);
        return true;
    }
}
