using System.Text.Json;
using System.Text.Json.Nodes;
using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Backup;
using Itra.Tracking.Postgres;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Backup;

public sealed class BackupTests(TestServer server)
{
    [Fact]
    public async Task A_store_that_is_backed_up_while_a_run_writes_comes_back_as_it_was_at_one_moment_and_goes_on()
    {
        await using var store = new PrivateStore();
        await using var journal = new MartenRunJournal(store.Database, TimeProvider.System);
        await RecordAsync(store, journal, "run-a");
        await store.Ledger.SealAsync(CancellationToken.None);
        await journal.RecordAllAsync("run-b", RecordedRuns.Life("run-b").Take(5));

        using var stop = new CancellationTokenSource();
        var epochs = 0;
        var writing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await journal.RecordAsync("run-b", new RecordDataset($"set-{epochs}", new("coco", epochs, 1, 1, "d")) { At = RecordedRuns.Noon }, CancellationToken.None);
                epochs++;
                // A seal of later must not be in it.
                if (epochs % 10 == 0) await store.Ledger.SealAsync(CancellationToken.None);
            }
        }, CancellationToken.None);
        while (Volatile.Read(ref epochs) < 5 && !writing.IsCompleted) await Task.Delay(5, CancellationToken.None);
        var report = await store.BackUpAsync();
        var then = Volatile.Read(ref epochs);
        while (Volatile.Read(ref epochs) < then + 11 && !writing.IsCompleted) await Task.Delay(5, CancellationToken.None);
        await stop.CancelAsync();
        await writing;

        await using var restored = new PrivateStore();
        var manifest = await restored.RestoreAsync(store.Target);
        Assert.Equal(report.Manifest.Database, manifest.Database);
        var audit = await restored.VerifyAsync();
        Assert.Empty(audit.Findings);
        Assert.Equal((manifest.Events, 2L, manifest.LastSeal), (audit.Events, audit.Streams, audit.LastSeal));
        Assert.True(audit.Blobs > 0);
        Assert.Equal(await store.EventsAsync("run-a"), await restored.EventsAsync("run-a"));
        var (all, kept) = (await store.EventsAsync("run-b"), await restored.EventsAsync("run-b"));
        Assert.InRange(kept.Count, 10, all.Count - 1);
        Assert.Equal(all.Take(kept.Count), kept);

        await using var next = new MartenRunJournal(restored.Database, TimeProvider.System);
        await next.RecordAllAsync("run-b", [new FailRun("killed", "ProcessLost") { At = RecordedRuns.Noon }, new ResumeRun("turing", 2, RecordedRuns.Noon, null, 0, 0) { At = RecordedRuns.Noon }]);
        Assert.NotNull(await restored.Ledger.SealAsync(CancellationToken.None));
        Assert.Empty((await restored.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task A_second_backup_copies_what_is_new_and_keeps_nothing_that_is_gone()
    {
        await using var store = new PrivateStore();
        await using var journal = new MartenRunJournal(store.Database, TimeProvider.System);
        var first = await RecordAsync(store, journal, "run-a");
        await store.Ledger.SealAsync(CancellationToken.None);
        Assert.Equal(1 + 1 + 1, (await store.BackUpAsync()).NewFiles);
        var again = await store.BackUpAsync(withKey: true);
        Assert.Equal(1, again.NewFiles);
        Assert.Contains(again.Manifest.Files, f => f.Path == "keys/ledger.pem");

        store.Artifacts.Delete(first.Sha256);
        Assert.Equal(0, (await store.BackUpAsync()).NewFiles);
        // The dump, a seal, a public key.
        Assert.Equal(3, Directory.GetFiles(Path.Combine(store.Target, "blobs"), "*", SearchOption.AllDirectories).Length);
        Assert.DoesNotContain("PRIVATE KEY", string.Concat(Directory.GetFiles(store.Target, "*", SearchOption.AllDirectories).Select(File.ReadAllText)), StringComparison.Ordinal);
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(store.Target));
    }

    [Fact]
    public async Task A_damaged_blob_is_named_and_does_not_replace_the_good_copy()
    {
        await using var store = new PrivateStore();
        await using var journal = new MartenRunJournal(store.Database, TimeProvider.System);
        var blob = await RecordAsync(store, journal, "run-a");
        var file = Path.Combine(store.Home, "artifacts", blob.Sha256[..2], blob.Sha256[2..]);
        var good = await File.ReadAllBytesAsync(file, CancellationToken.None);
        File.Delete(file);
        await File.WriteAllTextAsync(file, "other bytes", CancellationToken.None);
        Assert.Equal([blob.Sha256], (await store.BackUpAsync()).Damaged);

        File.Delete(file);
        await File.WriteAllBytesAsync(file, good, CancellationToken.None);
        Assert.Empty((await store.BackUpAsync()).Damaged);
        File.Delete(file);
        await File.WriteAllTextAsync(file, "other bytes", CancellationToken.None);
        await store.BackUpAsync();
        await using var restored = new PrivateStore();
        await restored.RestoreAsync(store.Target);
        Assert.Empty((await restored.VerifyAsync()).Findings);
    }

    [Fact]
    public async Task What_waits_for_the_bucket_waits_in_the_backup_too()
    {
        await using var store = new PrivateStore();
        await using var journal = new MartenRunJournal(store.Database, TimeProvider.System);
        await RecordAsync(store, journal, "run-a");
        using var spool = new BlobSpool(Path.Combine(store.Home, "spool"), null);
        var waiting = await spool.PutAsync(new MemoryStream([1, 2, 3, 4]), [2], CancellationToken.None);
        await store.BackUpAsync();

        await using var restored = new PrivateStore();
        await restored.RestoreAsync(store.Target);
        using var there = new BlobSpool(Path.Combine(restored.Home, "spool"), null);
        Assert.True(await there.IsWaitingAsync(waiting, CancellationToken.None));
        Assert.Equal(Directory.GetFiles(Path.Combine(store.Home, "spool"), "*.cuts").Select(Path.GetFileName), Directory.GetFiles(Path.Combine(restored.Home, "spool"), "*.cuts").Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_backup_that_lacks_something_leaves_nothing_behind()
    {
        await using var store = new PrivateStore();
        await using var journal = new MartenRunJournal(store.Database, TimeProvider.System);
        var blob = await RecordAsync(store, journal, "run-a");
        await store.BackUpAsync();
        File.Delete(Path.Combine(store.Target, "blobs", blob.Sha256[..2], blob.Sha256[2..]));

        await using var restored = new PrivateStore();
        await RefusedAsync(() => restored.RestoreAsync(store.Target), "is not whole");
        Assert.False(Directory.Exists(restored.Home));
        await RefusedAsync(() => restored.RestoreAsync(restored.Home), "there is no backup");
        await RefusedAsync(() => store.RestoreAsync(store.Target), "there is a store");
    }

    [Theory]
    [InlineData("../out")]
    [InlineData("keys/../../out")]
    [InlineData("/etc/passwd")]
    [InlineData("postgres/data/pg_hba.conf")]
    [InlineData("keys")]
    [InlineData("keys//x")]
    public async Task A_manifest_that_leads_out_of_the_home_is_refused(string path)
    {
        await using var store = new PrivateStore();
        Directory.CreateDirectory(store.Target);
        var digest = new string('a', 64);
        var manifest = new BackupManifest(1, RecordedRuns.Noon, "1", 2, "9", 15, 0, 0, null, null, new Artifact(digest, 1), [new BackupFile(path, 1, digest)]);
        manifest.Write(store.Target);
        await RefusedAsync(() => store.RestoreAsync(store.Target), "is damaged");
    }

    [Fact]
    public async Task A_folder_of_something_else_is_left_alone()
    {
        await using var store = new PrivateStore();
        await RefusedAsync(() => store.BackUpAsync(), "nothing has been recorded");
        await using var journal = new MartenRunJournal(store.Database, TimeProvider.System);
        await RecordAsync(store, journal, "run-a");
        Directory.CreateDirectory(store.Target);
        var letter = Path.Combine(store.Target, "letter.txt");
        await File.WriteAllTextAsync(letter, "dear", CancellationToken.None);
        await RefusedAsync(() => store.BackUpAsync(), "is not empty");

        File.Delete(letter);
        await store.BackUpAsync();
        var file = Path.Combine(store.Target, "manifest.json");
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(file, CancellationToken.None))!;
        manifest["store"] = "4711";
        await File.WriteAllTextAsync(file, manifest.ToJsonString(new JsonSerializerOptions()), CancellationToken.None);
        await RefusedAsync(() => store.BackUpAsync(), "another store");
    }

    [Fact]
    public async Task A_server_is_backed_up_by_its_own_means()
    {
        await using var database = await server.NewDatabaseAsync();
        await RefusedAsync(() => new StoreBackup(database, "/nowhere", _ => null, TimeProvider.System).RunAsync("/nowhere", false, false, CancellationToken.None), "pg_dump");
        await RefusedAsync(() => new StoreRestore(database, "/nowhere", _ => null).RunAsync("/nowhere", CancellationToken.None), "ITRA_POSTGRES");
    }

    private static async Task<Artifact> RecordAsync(PrivateStore store, MartenRunJournal journal, string run)
    {
        await journal.RecordAllAsync(run, RecordedRuns.Life(run).Where(c => c is not SaveCheckpoint));
        var artifact = await store.Artifacts.PutAsync(new MemoryStream([.. Enumerable.Range(0, 5000).Select(i => (byte)i)]), CancellationToken.None);
        await journal.RecordAllAsync(run, [new SaveCheckpoint(2, 10, "last.pt") { At = RecordedRuns.Noon, Stored = artifact }, new CompleteRun { At = RecordedRuns.Noon }]);
        return artifact;
    }

    private static async Task RefusedAsync(Func<Task> act, string why) =>
        Assert.Contains(why, (await Assert.ThrowsAsync<UserErrorException>(act)).Message, StringComparison.Ordinal);
}
