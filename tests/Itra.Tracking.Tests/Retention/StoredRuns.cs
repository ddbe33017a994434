using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;
using Itra.Tracking.Retention;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Retention;

/// <summary>A store with runs whose checkpoints share their frozen part, and a folder in which their files are.</summary>
internal sealed class StoredRuns : IAsyncDisposable
{
    public const int Frozen = 3200, Trained = 6800;

    private readonly string home = Directory.CreateTempSubdirectory("itra-keep-").FullName;

    private StoredRuns(TrackingDatabase database) => (Database, Journal) = (database, new MartenRunJournal(database, TimeProvider.System));

    public TrackingDatabase Database { get; }

    public MartenRunJournal Journal { get; }

    public string Home => home;

    public FolderArtifactStore Folder => new(Path.Combine(home, "artifacts"));

    public PartedArtifactStore Artifacts => PartedArtifactStore.Over(Folder);

    public static async Task<StoredRuns> CreateAsync(TestServer server) => new(await server.NewDatabaseAsync());

    /// <summary>A run of as many epochs as it has recalls, each with a checkpoint of its own.</summary>
    /// <returns>Digests by epoch.</returns>
    public async Task<IReadOnlyList<string>> TrainAsync(string id, double[] recalls, RunOrigin? origin = null, RunCommand? first = null, bool ends = true)
    {
        List<string> digests = [];
        List<RunCommand> commands = [RecordedRuns.Register(id, id) with { Origin = origin }, RecordedRuns.Start()];
        if (first is not null) commands.Add(first with { At = RecordedRuns.Noon });
        for (var epoch = (origin?.Epoch ?? 0) + 1; epoch <= (origin?.Epoch ?? 0) + recalls.Length; epoch++)
        {
            var saved = await PutAsync($"{id} {epoch}");
            digests.Add(saved.Sha256);
            var recall = recalls[epoch - 1 - (origin?.Epoch ?? 0)];
            commands.Add(new CompleteEpoch(epoch, epoch * 5, 1, 1e-5, 12.5, 30) { At = RecordedRuns.Noon.AddMinutes(epoch) });
            commands.Add(new RecordRetrieval(epoch, "mscoco_captions", "d2", "raw", 79, 395, new(recall, recall, recall, recall, recall, recall), 3) { At = RecordedRuns.Noon.AddMinutes(epoch) });
            commands.Add(new SaveCheckpoint(epoch, epoch * 5, $"epoch_{epoch}.pt") { Stored = saved, Updates = epoch * 5, At = RecordedRuns.Noon.AddMinutes(epoch) });
        }
        if (ends) commands.Add(new CompleteRun { At = RecordedRuns.Noon.AddHours(1) });
        // A branch goes on from an epoch that it has not completed itself.
        if (origin?.Epoch > 0) commands.Insert(2, new StartFromCheckpoint("epoch.pt", origin.CheckpointSha256!, origin.Epoch, origin.Updates, []) { At = RecordedRuns.Noon });
        await Journal.RecordAllAsync(id, commands);
        return digests;
    }

    /// <summary>Stores a checkpoint: the frozen part that all have in common, and the rest, which is told by its name.</summary>
    public Task<Artifact> PutAsync(string name) => Artifacts.PutAsync(new MemoryStream([.. Bytes(1, Frozen), .. Bytes(name.Aggregate(17, (hash, c) => unchecked((hash * 31) + c)), Trained)]), [Frozen], CancellationToken.None);

    public GarbageCollector Collection(IArtifactStore? store = null, TimeProvider? clock = null) => new(Database, store ?? Artifacts, Journal, home, clock ?? TimeProvider.System);

    public static CollectionRequest Request(string rule, double graceHours = 0, bool orphans = false, params string[] runs) =>
        new(KeepRule.Parse(rule), runs.Length == 0 ? null : runs.ToHashSet(), TimeSpan.FromHours(graceHours), orphans);

    public async Task<Collected> CollectAsync(CollectionRequest request, IArtifactStore? store = null)
    {
        var collection = Collection(store);
        return await collection.RunAsync(await collection.PlanAsync(request, CancellationToken.None), "ada", null, CancellationToken.None);
    }

    /// <summary>Names of all files in the store.</summary>
    public IReadOnlyList<string> Files => !Directory.Exists(Path.Combine(home, "artifacts")) ? []
        : [.. Directory.GetFiles(Path.Combine(home, "artifacts"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(home, f)).Order()];

    public long Bytes() => Files.Sum(f => new FileInfo(Path.Combine(home, f)).Length);

    public async Task<bool> OpensAsync(string sha256)
    {
        try
        {
            await using var content = await Artifacts.OpenAsync(sha256, CancellationToken.None);
            return content.Length == Frozen + Trained;
        }
        catch (ArtifactMissingException)
        {
            return false;
        }
    }

    public async Task MustOpenAsync(IReadOnlyList<string> files, bool[] open)
    {
        for (var i = 0; i < open.Length; i++) Assert.Equal((i, open[i]), (i, await OpensAsync(files[i])));
    }

    public async Task<AuditReport> AuditAsync() =>
        await new AuditVerification(Database, new Ledger(Database, home, TimeProvider.System), Artifacts, TimeProvider.System).VerifyAsync(null, null, null, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await Journal.DisposeAsync();
        await Database.DisposeAsync();
        Directory.Delete(home, recursive: true);
    }

    private static byte[] Bytes(int seed, int count)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
