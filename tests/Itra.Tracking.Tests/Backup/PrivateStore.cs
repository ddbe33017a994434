using Itra.Tracking.Artifacts;
using Itra.Tracking.Audit;
using Itra.Tracking.Backup;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Tests.Postgres;

namespace Itra.Tracking.Tests.Backup;

/// <summary>An ITRA_HOME with a cluster of its own, as people have it.</summary>
internal sealed class PrivateStore : IAsyncDisposable
{
    private readonly TestHome home = new();

    public PrivateStore() => Database = new TrackingDatabase(new EmbeddedAddress(home.Home), Environment.GetEnvironmentVariable);

    public string Home => home.Home;

    /// <summary>A folder that does not exist yet, removed with the store.</summary>
    public string Target => Path.Combine(home.Folder, "backup");

    public TrackingDatabase Database { get; }

    public FolderArtifactStore Artifacts => new(Path.Combine(Home, "artifacts"));

    public Ledger Ledger => new(Database, Home, TimeProvider.System);

    public Task<BackupReport> BackUpAsync(bool withKey = false) =>
        new StoreBackup(Database, Home, Environment.GetEnvironmentVariable, TimeProvider.System).RunAsync(Target, withKey, withModels: false, CancellationToken.None);

    public Task<BackupManifest> RestoreAsync(string from) => new StoreRestore(Database, Home, Environment.GetEnvironmentVariable).RunAsync(from, CancellationToken.None);

    public Task<AuditReport> VerifyAsync() => new AuditVerification(Database, Ledger, PartedArtifactStore.Over(Artifacts), TimeProvider.System).VerifyAsync(null, null, null, CancellationToken.None);

    public Task<IReadOnlyList<string>> EventsAsync(string run) => Database.QueryAsync(
        "select version || ' ' || id || ' ' || type || ' ' || data::text || headers::text from itra.mt_events where stream_id = $1 order by version", r => r.GetString(0), CancellationToken.None, run);

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await home.DisposeAsync();
    }
}
