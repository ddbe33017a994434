using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Retention;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;
using Itra.Tracking.WriteAhead;

namespace Itra.Tracking.Tests.Retention;

/// <summary>What is left alone because somebody may be about to refer to it.</summary>
public sealed class GraceTests(TestServer server) : IAsyncLifetime
{
    private StoredRuns store = null!;

    public async ValueTask InitializeAsync() => store = await StoredRuns.CreateAsync(server);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task Files_that_are_young_stay_until_they_are_not_and_go_then()
    {
        var epochs = await store.TrainAsync("run-a", [1, 2]);
        var done = await store.CollectAsync(StoredRuns.Request("last:1", graceHours: 24));
        Assert.Equal((1, 0), (done.Deleted, done.Blobs));
        Assert.True(await store.OpensAsync(epochs[0]));

        var tomorrow = store.Collection(clock: new SetClock(TimeProvider.System.GetUtcNow().AddHours(25)));
        var plan = await tomorrow.PlanAsync(StoredRuns.Request("last:1", graceHours: 24), CancellationToken.None);
        Assert.Equal((0, 2, 2), (plan.Going.Count, plan.Blobs, plan.Leftovers));
        await tomorrow.RunAsync(plan, "ada", null, CancellationToken.None);
        await store.MustOpenAsync(epochs, [false, true]);
    }

    [Fact]
    public async Task A_checkpoint_that_was_just_saved_stays()
    {
        var file = await store.PutAsync("young");
        var now = TimeProvider.System.GetUtcNow();
        await store.Journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a"), RecordedRuns.Start(), new SaveCheckpoint(1, 5, "epoch_1.pt") { Stored = file, At = now }, new CompleteRun { At = now }]);
        Assert.Equal("too young", Assert.Single((await store.Collection().PlanAsync(StoredRuns.Request("pinned", graceHours: 1), CancellationToken.None)).Choices).Kept);
    }

    [Fact]
    public async Task What_is_stored_again_while_it_is_being_removed_stays()
    {
        var file = await store.PutAsync("again");
        foreach (var path in store.Files) File.SetLastWriteTimeUtc(Path.Combine(store.Home, path), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var listed = await ListAsync();
        Assert.Equal(file, await store.PutAsync("again"));
        foreach (var blob in listed) Assert.False(await ((IBlobInventory)store.Folder).RemoveAsync(blob, new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero), CancellationToken.None));
        Assert.True(await store.OpensAsync(file.Sha256));
    }

    [Fact]
    public async Task A_removal_that_was_cut_off_in_the_middle_has_removed_nothing()
    {
        var file = await store.PutAsync("cut off");
        var blob = (await ListAsync()).First(b => b.Bytes == StoredRuns.Trained);
        Directory.CreateDirectory(Path.Combine(store.Home, "artifacts", "incoming"));
        File.Move(blob.Key, Path.Combine(store.Home, "artifacts", "incoming", $"{blob.Sha256[..2]}-{blob.Sha256[2..]}.leaving"));
        Assert.False(await store.OpensAsync(file.Sha256));
        await ListAsync();
        Assert.True(await store.OpensAsync(file.Sha256));
    }

    [Fact]
    public async Task What_nobody_names_goes_only_if_that_is_asked_for()
    {
        var kept = await store.TrainAsync("run-a", [1]);
        var nobodys = await store.PutAsync("nobody's");
        Directory.CreateDirectory(Path.Combine(store.Home, "artifacts", "incoming"));
        await File.WriteAllTextAsync(Path.Combine(store.Home, "artifacts", "incoming", "half"), "half", CancellationToken.None);

        Assert.Equal(0, (await store.CollectAsync(StoredRuns.Request("last:1"))).Blobs);
        Assert.Equal(0, (await store.CollectAsync(StoredRuns.Request("last:1", graceHours: 24, orphans: true))).Blobs);
        Assert.Equal((3, StoredRuns.Trained + 130 + 4L), await BlobsAsync(StoredRuns.Request("last:1", orphans: true)));
        Assert.False(await store.OpensAsync(nobodys.Sha256));
        Assert.True(await store.OpensAsync(kept[0]));
    }

    [Fact]
    public async Task Of_what_waits_to_be_sent_goes_what_nobody_waits_for()
    {
        var kept = (await store.TrainAsync("run-a", [1]))[0];
        var folder = Path.Combine(store.Home, "spool");
        using var spool = new BlobSpool(folder, null);
        var nobodys = await spool.PutAsync(new MemoryStream(new byte[5]), [2], CancellationToken.None);
        var waited = await spool.PutAsync(new MemoryStream(new byte[6]), CancellationToken.None);
        var lost = await spool.PutAsync(new MemoryStream(new byte[7]), CancellationToken.None);
        await using (var copy = await store.Artifacts.OpenAsync(kept, CancellationToken.None)) await spool.PutAsync(copy, CancellationToken.None);
        using (var log = EventLogWriter.Create(Directory.CreateDirectory(Path.Combine(store.Home, "wal", "run-x")).FullName, "run-x", 0, TimeProvider.System))
        {
            PendingLogs.Of(store.Home).Add(log.Path, log.Id);
            log.Append(0, new CheckpointSaved(1, 5, "epoch_1.pt", waited) { At = RecordedRuns.Noon }, null);
        }
        // Recorded, and in no store but here: what an earlier version did not send.
        await store.Journal.RecordAllAsync("run-b", [RecordedRuns.Register("run-b"), RecordedRuns.Start(), new RecordInput("vocabulary", "v", lost, true) { At = RecordedRuns.Noon }]);

        Assert.Equal(0, (await store.CollectAsync(StoredRuns.Request("last:1"))).Blobs);
        Assert.Equal(0, (await store.CollectAsync(StoredRuns.Request("last:1", graceHours: 24, orphans: true))).Blobs);
        Assert.Equal((2, 5L + StoredRuns.Frozen + StoredRuns.Trained), await BlobsAsync(StoredRuns.Request("last:1", orphans: true)));
        Assert.False(await spool.IsWaitingAsync(nobodys, CancellationToken.None));
        Assert.True(await spool.IsWaitingAsync(waited, CancellationToken.None));
        Assert.True(await spool.IsWaitingAsync(lost, CancellationToken.None));
        Assert.True(await store.OpensAsync(kept));
        Assert.Equal(2, Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task What_a_log_names_that_is_not_shipped_yet_stays()
    {
        var file = await store.PutAsync("in a log");
        var folder = Directory.CreateDirectory(Path.Combine(store.Home, "wal", "run-x")).FullName;
        using (var log = EventLogWriter.Create(folder, "run-x", 0, TimeProvider.System))
        {
            new PendingLogs(Path.Combine(store.Home, "pending")).Add(log.Path, log.Id);
            log.Append(0, new CheckpointSaved(1, 5, "epoch_1.pt", file) { At = RecordedRuns.Noon }, null);
            // While it is being written, and after.
            Assert.Equal(0, (await store.CollectAsync(StoredRuns.Request("last:1", orphans: true))).Blobs);
        }
        Assert.Equal(0, (await store.CollectAsync(StoredRuns.Request("last:1", orphans: true))).Blobs);
        Assert.True(await store.OpensAsync(file.Sha256));
        var row = Assert.Single((await new CheckpointCatalog(store.Database, store.Artifacts, store.Home).ListAsync(null, CancellationToken.None)).Checkpoints);
        Assert.Equal((CheckpointPlace.Waiting, Path.Combine(folder, EventLog.FileName)), (row.Place, row.WaitsIn));
    }

    [Fact]
    public async Task While_something_is_missing_nobody_can_say_what_is_nobodys()
    {
        var epochs = await store.TrainAsync("run-a", [1, 2]);
        File.Delete(Path.Combine(store.Home, "artifacts", epochs[1][..2], epochs[1][2..] + ".parts"));
        var error = await Assert.ThrowsAsync<UserErrorException>(() => store.CollectAsync(StoredRuns.Request("last:1", orphans: true)));
        Assert.Contains(epochs[1], error.Message, StringComparison.Ordinal);
        var rows = (await new CheckpointCatalog(store.Database, store.Artifacts, store.Home).ListAsync("run-a", CancellationToken.None)).Checkpoints;
        Assert.Equal([CheckpointPlace.Stored, CheckpointPlace.Missing], rows.Select(r => r.Place));
    }

    [Fact]
    public async Task A_checkpoint_is_listed_with_what_it_alone_takes()
    {
        await store.TrainAsync("run-a", [1, 2, 3]);
        var rows = (await new CheckpointCatalog(store.Database, store.Artifacts, store.Home).ListAsync(null, CancellationToken.None)).Checkpoints;
        Assert.All(rows, r => Assert.Equal((StoredRuns.Frozen + StoredRuns.Trained, (long?)StoredRuns.Trained), (r.Bytes, r.OwnBytes)));
        Assert.Equal([1, 2, 3], rows.Select(r => (int)r.MeanRecall!));
    }

    private async Task<(int, long)> BlobsAsync(CollectionRequest request)
    {
        var done = await store.CollectAsync(request);
        return (done.Blobs, done.Bytes);
    }

    private async Task<List<StoredBlob>> ListAsync()
    {
        List<StoredBlob> found = [];
        await foreach (var blob in ((IBlobInventory)store.Folder).ListAsync(CancellationToken.None)) found.Add(blob);
        return found;
    }

    private sealed class SetClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
