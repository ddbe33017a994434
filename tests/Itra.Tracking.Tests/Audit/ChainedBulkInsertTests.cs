using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Audit;

public sealed class ChainedBulkInsertTests(TestServer server) : IAsyncLifetime
{
    private readonly string home = Directory.CreateTempSubdirectory("itra-bulk-").FullName;
    private TrackingDatabase database = null!;

    public async ValueTask InitializeAsync() => database = await server.NewDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        Directory.Delete(home, recursive: true);
    }

    [Fact]
    public async Task Runs_that_were_stored_in_bulk_are_as_if_they_had_been_recorded()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-live", RecordedRuns.Life("run-live").Where(c => c is not (LogMetrics or SaveCheckpoint)));
        var told = (await new RunReader(database).ReadEventsAsync("run-live", CancellationToken.None)).Select(e => EventJson.Read(e.Type, e.Data)!).ToList();
        IReadOnlyList<RunEvent> Copy(string id) => [.. told.Select(e => e is RunRegistered r ? r with { RunId = id } : e)];

        Assert.Equal(5000 * told.Count, await new ChainedBulkInsert(database).WriteAsync(Enumerable.Range(0, 5000).Select(i => ($"run-{i}", Copy($"run-{i}"))), CancellationToken.None));

        var live = await new RunReader(database).FindRunAsync("run-live", CancellationToken.None);
        Assert.Equivalent(live with { Id = "run-17" }, await new RunReader(database).FindRunAsync("run-17", CancellationToken.None), strict: true);
        // And they go on.
        await journal.RecordAsync("run-17", new CompleteRun { At = RecordedRuns.Noon }, CancellationToken.None);
        var report = await new AuditVerification(database, new Ledger(database, home, TimeProvider.System), null, TimeProvider.System).VerifyAsync(null, null, null, CancellationToken.None);
        Assert.Empty(report.Findings);
        Assert.Equal((5001 * told.Count + 1, 5001), (report.Events, report.Streams));
    }

    [Fact]
    public async Task A_run_that_is_there_already_stores_nothing()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a")]);
        RunEvent one = new RunStarted("turing", 1, RecordedRuns.Noon) { At = RecordedRuns.Noon };
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => new ChainedBulkInsert(database).WriteAsync([("run-b", [one]), ("run-a", [one])], CancellationToken.None));
        Assert.Single(await database.QueryAsync(ChainedEvent.Query, ChainedEvent.Read, CancellationToken.None));
    }
}
