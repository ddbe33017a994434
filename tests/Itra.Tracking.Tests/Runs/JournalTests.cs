using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;

namespace Itra.Tracking.Tests.Runs;

public sealed class JournalTests(TestServer server) : IAsyncLifetime
{
    private TrackingDatabase database = null!;
    private MartenRunJournal journal = null!;

    public async ValueTask InitializeAsync()
    {
        database = await server.NewDatabaseAsync();
        journal = new MartenRunJournal(database, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        await journal.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task What_is_recorded_can_be_read_back_in_order()
    {
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
        await journal.RecordAsync("run-a", new CompleteRun { At = RecordedRuns.Noon.AddHours(2) }, CancellationToken.None);

        var events = await new RunReader(database).ReadEventsAsync("run-a", CancellationToken.None);

        Assert.Equal(
            ["run_registered", "run_started", "dataset_fingerprinted", "model_initialised", "training_planned",
             "metrics_logged", "epoch_completed", "retrieval_evaluated", "metrics_logged", "epoch_completed", "retrieval_evaluated",
             "checkpoint_saved", "run_completed"],
            events.Select(e => e.Type));
        Assert.Equal(Enumerable.Range(1, 13).Select(i => (long)i), events.Select(e => e.Version));
        Assert.Equal(RecordedRuns.Noon.AddHours(2), events[^1].At);
    }

    [Fact]
    public async Task A_repeated_command_stores_nothing()
    {
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
        foreach (var command in RecordedRuns.Life("run-a")) Assert.Empty(await journal.RecordAsync("run-a", command, CancellationToken.None));
        Assert.Equal(12, (await new RunReader(database).ReadEventsAsync("run-a", CancellationToken.None)).Count);
    }

    [Fact]
    public async Task A_broken_rule_stores_nothing_and_leaves_the_run_usable()
    {
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
        await Assert.ThrowsAsync<RunRuleException>(() => journal.RecordAsync("run-a", new CompleteEpoch(9, 1, 1, 1, 1, 1) { At = RecordedRuns.Noon }, CancellationToken.None));
        Assert.Single(await journal.RecordAsync("run-a", new CompleteRun { At = RecordedRuns.Noon }, CancellationToken.None));
    }

    [Fact]
    public async Task Two_writers_of_one_run_do_not_lose_or_repeat_anything()
    {
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a", epochs: 1));
        await using var other = new MartenRunJournal(database, TimeProvider.System);
        RunCommand second = new CompleteEpoch(2, 10, 1, 1e-5, 1, 1) { At = RecordedRuns.Noon };

        Assert.Single(await other.RecordAsync("run-a", second, CancellationToken.None));
        // Decided on a state that is out of date; read again, it is a repetition.
        Assert.Empty(await journal.RecordAsync("run-a", second, CancellationToken.None));
        Assert.Single(await journal.RecordAsync("run-a", new CancelRun("enough") { At = RecordedRuns.Noon }, CancellationToken.None));
        await Assert.ThrowsAsync<RunRuleException>(() => other.RecordAsync("run-a", new CompleteRun { At = RecordedRuns.Noon }, CancellationToken.None));
    }

    [Fact]
    public async Task Text_that_PostgreSQL_cannot_hold_is_replaced_and_not_refused()
    {
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a", epochs: 1));
        await journal.RecordAsync("run-a", new FailRun("truncated\0 file \ud800 end", "IO\0") { At = RecordedRuns.Noon }, CancellationToken.None);

        var reader = new RunReader(database);
        Assert.Equal("truncated\ufffd file \ufffd end", (await reader.FindRunAsync("run-a", CancellationToken.None)).FailureReason);
    }

    [Fact]
    public async Task A_loss_that_is_not_a_number_is_recorded_as_what_it_is()
    {
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a", epochs: 1));
        await journal.RecordAsync("run-a", new CompleteEpoch(2, 10, double.NaN, 1e-5, 1, 1) { At = RecordedRuns.Noon }, CancellationToken.None);
        Assert.Equal(double.NaN, (await new RunReader(database).FindRunAsync("a", CancellationToken.None)).LastLoss);
    }
}
