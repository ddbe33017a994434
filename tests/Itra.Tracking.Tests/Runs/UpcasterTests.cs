using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Marten.Services.Json.Transformations;

namespace Itra.Tracking.Tests.Runs;

public sealed class UpcasterTests(TestServer server)
{
    [Fact]
    public async Task An_event_of_an_earlier_form_is_read_as_the_event_of_today()
    {
        await using var database = await server.NewDatabaseAsync();
        await using (var journal = new MartenRunJournal(database, TimeProvider.System))
        {
            await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a", epochs: 1));
            await journal.RecordAsync("run-a", new FailRun("x", "y") { At = RecordedRuns.Noon }, CancellationToken.None);
        }
        await database.QueryAsync(
            $$"""update {{TrackingSchema.Name}}.mt_events set type = 'run_broke', data = '{"why": "the disk is full", "when": "2026-01-02T12:00:00+00:00"}' where type = 'run_failed'""",
            _ => 0, CancellationToken.None);

        await using var store = await TrackingStore.OpenAsync(database, CancellationToken.None, [new RunBrokeUpcaster()]);
        await using var session = store.Marten.QuerySession();
        var stored = await session.Events.FetchStreamAsync("run-a", token: CancellationToken.None);

        Assert.Equal(new RunFailed("the disk is full", "unknown") { At = RecordedRuns.Noon }, stored[^1].Data);
        // What is shown is what is stored.
        Assert.Equal("run_broke", (await new RunReader(database).ReadEventsAsync("run-a", CancellationToken.None))[^1].Type);
    }

    /// <summary>An event as it might have been called and formed once.</summary>
    private sealed record RunBroke(string Why, DateTimeOffset When);

    private sealed class RunBrokeUpcaster : EventUpcaster<RunBroke, RunFailed>
    {
        public override string EventTypeName => "run_broke";

        protected override RunFailed Upcast(RunBroke e) => new(e.Why, "unknown") { At = e.When };
    }
}
