using Itra.Domain;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Tracking.Artifacts;
using Itra.Tracking.Retention;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Retention;

public sealed class CollectionTests(TestServer server) : IAsyncLifetime
{
    private StoredRuns store = null!;

    public async ValueTask InitializeAsync() => store = await StoredRuns.CreateAsync(server);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task Ten_epochs_store_the_frozen_third_once()
    {
        await store.TrainAsync("run-a", [.. Enumerable.Range(1, 10).Select(i => (double)i)]);
        const int Notes = 10 * 2 * 65;
        Assert.Equal(StoredRuns.Frozen + (10 * StoredRuns.Trained) + Notes, store.Bytes());
    }

    [Fact]
    public async Task The_best_the_last_and_the_pinned_stay_and_the_rest_frees_what_was_said_before()
    {
        var epochs = await store.TrainAsync("run-a", [10, 40, 20, 40, 5, 15, 30, 1]);
        await store.Journal.RecordAsync("run-a", new PinCheckpoint(epochs[4], "in the paper", "ada") { At = RecordedRuns.Noon }, CancellationToken.None);
        var before = store.Bytes();
        var plan = await store.Collection().PlanAsync(StoredRuns.Request("best:2,last:1,pinned"), CancellationToken.None);
        Assert.Equal(before, store.Bytes());
        Assert.Equal([null, "best", null, "best", "pinned", null, null, "last"], plan.Choices.Select(c => c.Kept));

        var done = await store.CollectAsync(plan.Request);
        Assert.Equal((4, plan.Bytes), (done.Deleted, done.Bytes));
        Assert.Equal(before - plan.Bytes, store.Bytes());
        Assert.Equal((4 * (StoredRuns.Trained + 130)), plan.Bytes);
        for (var i = 0; i < epochs.Count; i++) Assert.Equal(plan.Choices[i].Kept is not null, await store.OpensAsync(epochs[i]));
        Assert.Empty((await store.AuditAsync()).Findings);

        var again = await store.CollectAsync(plan.Request);
        Assert.Equal((0, 0, 0L), (again.Deleted, again.Blobs, again.Bytes));
    }

    [Fact]
    public async Task A_run_without_scores_keeps_its_last_for_its_best()
    {
        var epochs = await store.TrainAsync("run-a", [double.NaN, double.NaN, double.NaN]);
        await store.CollectAsync(StoredRuns.Request("best:1"));
        await store.MustOpenAsync(epochs, [false, false, true]);
    }

    [Fact]
    public async Task What_another_run_came_from_stays()
    {
        var a = await store.TrainAsync("run-a", [1, 2, 3, 4]);
        await store.TrainAsync("run-b", [5, 6], new RunOrigin(OriginKind.Branch, "run-a", 1, 5, a[0]));
        await store.TrainAsync("run-c", [7], first: new StartFromCheckpoint("epoch_2.pt", a[1], 0, 0, []));
        var plan = await store.Collection().PlanAsync(StoredRuns.Request("last:1", runs: "run-a"), CancellationToken.None);
        Assert.Equal(["used by run-b", "used by run-c", null, "last"], plan.Choices.Select(c => c.Kept));
        await store.CollectAsync(plan.Request);
        await store.MustOpenAsync(a, [true, true, false, true]);
    }

    [Fact]
    public async Task Nothing_goes_of_a_run_that_runs_or_is_being_reproduced()
    {
        await store.TrainAsync("run-a", [1, 2, 3], ends: false);
        await store.TrainAsync("run-b", [1, 2, 3]);
        await store.TrainAsync("run-c", [1], new RunOrigin(OriginKind.Reproduction, "run-b"), ends: false);
        var plan = await store.Collection().PlanAsync(StoredRuns.Request("pinned"), CancellationToken.None);
        Assert.Equal(7, plan.Choices.Count);
        Assert.Empty(plan.Going);
        Assert.Equal((0, 0L), (plan.Blobs, plan.Bytes));
    }

    [Fact]
    public async Task A_file_that_two_runs_saved_goes_with_the_second()
    {
        var shared = await store.PutAsync("the same in both");
        foreach (var id in new[] { "run-a", "run-b" })
            await store.Journal.RecordAllAsync(id, [RecordedRuns.Register(id), RecordedRuns.Start(), new SaveCheckpoint(1, 5, "epoch_1.pt") { Stored = shared, At = RecordedRuns.Noon }, new CompleteRun { At = RecordedRuns.Noon }]);
        await store.CollectAsync(StoredRuns.Request("pinned", runs: "run-a"));
        Assert.True(await store.OpensAsync(shared.Sha256));
        await store.CollectAsync(StoredRuns.Request("pinned", runs: "run-b"));
        Assert.Empty(store.Files);
    }

    [Fact]
    public async Task Files_that_are_no_checkpoints_stay()
    {
        Artifact patch = await store.PutAsync("patch"), listing = await store.PutAsync("listing"), vocabulary = await store.PutAsync("vocabulary"), mixed = await store.PutAsync("mixed");
        var register = RecordedRuns.Register("run-a") with { Provenance = RecordedRuns.Provenance with { Patch = patch } };
        await store.Journal.RecordAllAsync("run-a",
        [
            register, RecordedRuns.Start(), new RecordDataset("train", new("coco", 1, 1, 1, "d") { Listing = listing }) { At = RecordedRuns.Noon }, new RecordInput("vocabulary", "bpe", vocabulary, true) { At = RecordedRuns.Noon },
            new SaveCheckpoint(1, 5, "epoch_1.pt") { Stored = mixed, At = RecordedRuns.Noon }, new CompleteRun { At = RecordedRuns.Noon },
            new RecordWiseFt(0.5, "s", "e", 1, new Dictionary<string, string>(), new Dictionary<string, double>(), mixed, 1) { At = RecordedRuns.Noon },
        ]);
        var files = store.Files;
        var plan = await store.Collection().PlanAsync(StoredRuns.Request("pinned", orphans: true), CancellationToken.None);
        Assert.Equal("used by its own run", Assert.Single(plan.Choices).Kept);
        await store.CollectAsync(plan.Request);
        Assert.Equal(files, store.Files);
    }

    [Fact]
    public async Task Interrupted_at_any_point_the_next_collection_finishes_and_loses_nothing()
    {
        for (var removals = 0; removals < 8; removals++)
        {
            await using var runs = await StoredRuns.CreateAsync(server);
            var epochs = await runs.TrainAsync("run-a", [3, 2, 1, 4]);
            var other = await runs.TrainAsync("run-b", [1]);
            var halfway = PartedArtifactStore.Over(new InterruptedStore(runs.Folder, removals));
            if (removals < 6) await Assert.ThrowsAsync<TimeoutException>(() => runs.CollectAsync(StoredRuns.Request("best:1,last:1", runs: "run-a"), halfway));
            else await runs.CollectAsync(StoredRuns.Request("best:1,last:1", runs: "run-a"), halfway);
            Assert.Empty((await runs.AuditAsync()).Findings);

            await runs.CollectAsync(StoredRuns.Request("best:1,last:1", runs: "run-a"));
            await runs.MustOpenAsync(epochs, [false, false, false, true]);
            Assert.True(await runs.OpensAsync(other[0]));
            Assert.Equal(StoredRuns.Frozen + (2 * (StoredRuns.Trained + 130)), runs.Bytes());
            Assert.Empty((await runs.AuditAsync()).Findings);
        }
    }

    [Fact]
    public async Task Two_collections_at_once_are_one()
    {
        await store.TrainAsync("run-a", [1, 2]);
        await using (await store.Collection().LockAsync(CancellationToken.None))
        {
            var error = await Assert.ThrowsAsync<UserErrorException>(() => store.Collection().LockAsync(CancellationToken.None));
            Assert.Contains("`itra gc` or `itra backup` is at work", error.Message, StringComparison.Ordinal);
        }
        await (await store.Collection().LockAsync(CancellationToken.None)).DisposeAsync();
    }

    [Fact]
    public async Task What_is_pinned_after_the_plan_stays()
    {
        var epochs = await store.TrainAsync("run-a", [1, 2]);
        var collection = store.Collection();
        var plan = await collection.PlanAsync(StoredRuns.Request("last:1"), CancellationToken.None);
        await store.Journal.RecordAsync("run-a", new PinCheckpoint(epochs[0], null, "bob") { At = RecordedRuns.Noon }, CancellationToken.None);
        var done = await collection.RunAsync(plan, "ada", null, CancellationToken.None);
        Assert.Contains("pinned by bob", Assert.Single(done.Refused), StringComparison.Ordinal);
        Assert.True(await store.OpensAsync(epochs[0]));
    }

    [Fact]
    public async Task What_a_branch_began_to_use_after_its_deletion_was_recorded_stays()
    {
        var epochs = await store.TrainAsync("run-a", [1, 2]);
        await store.Journal.RecordAsync("run-a", new DeleteCheckpoint(epochs[0], "not in last:1", "ada") { At = RecordedRuns.Noon }, CancellationToken.None);
        await store.TrainAsync("run-b", [3], new RunOrigin(OriginKind.Branch, "run-a", 1, 5, epochs[0]));
        await store.CollectAsync(StoredRuns.Request("last:1"));
        Assert.True(await store.OpensAsync(epochs[0]));
    }

    [Fact]
    public async Task What_a_resumption_superseded_goes()
    {
        var epochs = await store.TrainAsync("run-a", [9, 8, 7], ends: false);
        await store.Journal.RecordAllAsync("run-a",
        [
            new FailRun("killed", "ProcessLost") { At = RecordedRuns.Noon }, new ResumeRun("turing", 2, RecordedRuns.Noon, epochs[0], 1, 5) { At = RecordedRuns.Noon }, new CompleteRun { At = RecordedRuns.Noon },
        ]);
        var plan = await store.Collection().PlanAsync(StoredRuns.Request("best:2,last:2"), CancellationToken.None);
        Assert.Equal(["best", null, null], plan.Choices.Select(c => c.Kept));
    }
}
