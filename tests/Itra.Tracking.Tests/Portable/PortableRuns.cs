using System.Security.Cryptography;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Portable;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Portable;

/// <summary>A store with runs worth exporting, a folder of stored files, and a folder to write to.</summary>
internal sealed class PortableRuns : IAsyncDisposable
{
    public const string Id = "run-a";
    private readonly string folder = Directory.CreateTempSubdirectory("itra-portable-").FullName;

    private PortableRuns(TrackingDatabase database)
    {
        Database = database;
        Artifacts = PartedArtifactStore.Over(new FolderArtifactStore(Path.Combine(folder, "artifacts")));
    }

    public TrackingDatabase Database { get; }

    public IArtifactStore Artifacts { get; }

    public byte[] Checkpoint { get; } = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 31))];

    public string CheckpointSha256 => Convert.ToHexStringLower(SHA256.HashData(Checkpoint));

    public static async Task<PortableRuns> EmptyAsync(Postgres.TestServer server) => new(await server.NewDatabaseAsync());

    /// <summary>With one run: resumed once, scored in every way, with a checkpoint that is stored.</summary>
    public static async Task<PortableRuns> RecordAsync(Postgres.TestServer server)
    {
        var runs = await EmptyAsync(server);
        using var checkpoint = new MemoryStream(runs.Checkpoint);
        var stored = await runs.Artifacts.PutAsync(checkpoint, CancellationToken.None);
        await using var journal = new MartenRunJournal(runs.Database, TimeProvider.System);
        await journal.RecordAllAsync(Id, Life(stored));
        return runs;
    }

    public string At(string name) => Path.Combine(folder, name);

    public Task<Exported> ExportAsync(ExportFormat format, string name, bool withBlobs = false, bool overwrite = true, TimeProvider? clock = null) =>
        new RunExport(Database, Artifacts, clock ?? TimeProvider.System).WriteAsync(new ExportRequest(Id, format, At(name), withBlobs, overwrite), null, CancellationToken.None);

    public Task<Imported> ImportAsync(string path) => new RunImport(Database, Artifacts).ReadAsync(path, null, CancellationToken.None);

    /// <summary>Everything the tables hold, but when rows were last written and where events stand among those of other runs.</summary>
    public Task<IReadOnlyList<string>> RowsAsync() => Database.QueryAsync(
        """
        select to_jsonb(e) - 'seq_id' || jsonb_build_object('table', 'events') from itra.mt_events e
        union all select to_jsonb(s) - 'timestamp' - 'created' || jsonb_build_object('table', 'streams') from itra.mt_streams s
        union all select to_jsonb(c) || jsonb_build_object('table', 'values') from itra.metric_chunk c
        union all select to_jsonb(h) - 'sealed' || jsonb_build_object('table', 'heads') from itra.chain_head h
        union all select to_jsonb(r) - 'mt_last_modified' || jsonb_build_object('table', 'runs') from itra.mt_doc_run_summary r
        union all select to_jsonb(l) || jsonb_build_object('table', 'board') from itra.score l
        union all select to_jsonb(p) || jsonb_build_object('table', 'specs') from itra.run_spec p
        order by 1
        """, r => r.GetString(0), CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    public static IEnumerable<RunCommand> Life(Artifact stored)
    {
        var noon = RecordedRuns.Noon;
        foreach (var command in RecordedRuns.Life(Id, "odd, \"named\" été"))
            yield return command is SaveCheckpoint saved ? saved with { Stored = stored, Updates = 5, Epoch = 1, At = noon.AddMinutes(1) } : command;
        yield return new FailRun("the power went out", "ProcessLost") { At = noon.AddMinutes(59) };
        yield return new ResumeRun("turing", 4712, noon.AddHours(1), stored.Sha256, 1, 5) { At = noon.AddHours(1) };
        yield return new LogMetrics(new MetricChunk(5, ["training/loss-align", "training/learning_rate"], [[1.5, double.NaN, 1e-300], [1e-5, 1e-5, 1e-5]])) { At = noon.AddMinutes(62) };
        yield return new CompleteEpoch(2, 8, 1.25, 1e-5, 12, 30) { At = noon.AddMinutes(62) };
        yield return new RecordRetrieval(2, "mscoco_captions", "d2", "raw", 79, 395, RecordedRuns.Scores, 3) { At = noon.AddMinutes(62) };
        yield return new RecordClassification(2, "linear", "cifar10", "d3", "ema", 100, 10, new Dictionary<string, double> { ["linear-acc"] = 71.5 }, 2) { At = noon.AddMinutes(63) };
        yield return new RecordWiseFt(0.5, "w1", "w2", 2, new Dictionary<string, string> { ["b"] = "d4", ["a"] = "d5" }, new Dictionary<string, double> { ["m"] = 0.1 + 0.2 }, null, 1) { At = noon.AddMinutes(64) };
        yield return new CompleteRun { At = noon.AddHours(2) };
    }
}
