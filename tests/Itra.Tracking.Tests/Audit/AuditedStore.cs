using Itra.Domain.Runs;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Audit;

/// <summary>
/// A store with three runs, two seals and files: run-a and run-b are sealed, run-c is not; run-a goes on behind the first seal, and
/// run-b was resumed. Whoever attacks it may do everything that SQL and files allow.
/// </summary>
internal sealed class AuditedStore : IAsyncDisposable
{
    private AuditedStore(TrackingDatabase database) => Database = database;

    public string Home { get; } = Directory.CreateTempSubdirectory("itra-audit-").FullName;

    public TrackingDatabase Database { get; }

    public FolderArtifactStore Artifacts => new(Path.Combine(Home, "artifacts"));

    public Ledger Ledger => new(Database, Home, TimeProvider.System);

    /// <summary>Of run-a: its own file, and one that is kept as parts.</summary>
    public string Checkpoint { get; private set; } = "";

    public static async Task<AuditedStore> CreateAsync(TestServer server)
    {
        var store = new AuditedStore(await server.NewDatabaseAsync());
        await using var journal = new MartenRunJournal(store.Database, TimeProvider.System);
        var artifact = await store.Artifacts.PutAsync(new MemoryStream([.. Enumerable.Range(0, 5000).Select(i => (byte)i)]), CancellationToken.None);
        store.Checkpoint = artifact.Sha256;

        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a", "first").Where(c => c is not SaveCheckpoint));
        await journal.RecordAllAsync("run-b", RecordedRuns.Life("run-b", "second", lift: 20).Where(c => c is not SaveCheckpoint));
        await store.Ledger.SealAsync(CancellationToken.None);
        await journal.RecordAllAsync("run-a", [new SaveCheckpoint(2, 10, "last.pt") { At = RecordedRuns.Noon, Stored = artifact }, new CompleteRun { At = RecordedRuns.Noon }]);
        await journal.RecordAllAsync("run-b",
        [
            new FailRun("killed", "ProcessLost") { At = RecordedRuns.Noon }, new ResumeRun("turing", 2, RecordedRuns.Noon, null, 0, 0) { At = RecordedRuns.Noon },
            new LogMetrics(new MetricChunk(0, ["training/loss-align", "training/learning_rate"], [[1, 2], [3, 4]])) { At = RecordedRuns.Noon },
        ]);
        await store.Ledger.SealAsync(CancellationToken.None);
        await journal.RecordAllAsync("run-c", RecordedRuns.Life("run-c", "third").Take(9));
        return store;
    }

    public Task<AuditReport> VerifyAsync(string? stream = null, string? exported = null) =>
        new AuditVerification(Database, Ledger, PartedArtifactStore.Over(Artifacts), TimeProvider.System).VerifyAsync(stream, exported, null, CancellationToken.None);

    public async Task ExecuteAsync(string sql) => await Database.QueryAsync(sql, _ => 0, CancellationToken.None);

    /// <summary>Computes all hashes of a stream anew and puts them, and the end of its chain, where an attacker who knows how would.</summary>
    public async Task RehashAsync(string stream)
    {
        var (previous, canonical, version) = (Array.Empty<byte>(), new CanonicalJson(), 0L);
        foreach (var e in await Database.QueryAsync(ChainedEvent.Query + " and stream_id = $1 order by version", ChainedEvent.Read, CancellationToken.None, stream))
        {
            previous = e.HashAfter(previous, ++version, canonical);
            await ExecuteAsync($$"""update itra.mt_events set headers = '{"h": "{{Convert.ToHexStringLower(previous)}}"}' where stream_id = '{{stream}}' and version = {{version}}""");
        }
        await ExecuteAsync($"update itra.chain_head set version = {version}, hash = '\\x{Convert.ToHexStringLower(previous)}' where stream_id = '{stream}'");
        await ExecuteAsync($"update itra.mt_streams set version = {version} where id = '{stream}'");
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Directory.Delete(Home, recursive: true);
    }
}
