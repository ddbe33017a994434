using System.Text.Json;
using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Reading;

public sealed class AuditLogTests(TestServer server) : IAsyncLifetime
{
    private static readonly DateTimeOffset Before = DateTimeOffset.UnixEpoch;

    private TrackingDatabase database = null!;

    public async ValueTask InitializeAsync() => database = await server.NewDatabaseAsync();

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Fact]
    public async Task Where_nothing_was_recorded_the_log_is_empty()
    {
        Assert.Empty(await ReadAsync(new LogFilter()));
        Assert.Empty(await new AuditLog(database).UsersAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Events_of_all_streams_come_in_the_order_of_recording()
    {
        await RecordAsync();
        var log = await ReadAsync(new LogFilter());
        Assert.Equal(["run-a", "run-b", "run-a", "run-b", "run-b"], log.Select(e => e.Stream));
        Assert.Equal(["run_registered", "run_registered", "run_started", "run_started", "run_failed"], log.Select(e => e.Type));
        Assert.Equal([1, 1, 2, 2, 3], log.Select(e => e.Version));
        Assert.Equal(log.Select(e => e.Sequence).Order(), log.Select(e => e.Sequence));
        Assert.Equal(["ada", "grace", "ada", "grace", "grace"], log.Select(e => e.User));
        Assert.All(log, e => Assert.Equal(64, e.Hash!.Length));
        Assert.Equal("baseline", JsonDocument.Parse(log[0].Data).RootElement.GetProperty("spec").GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_limit_leaves_the_newest()
    {
        await RecordAsync();
        Assert.Equal(["run_started", "run_failed"], (await ReadAsync(new LogFilter(), 2)).Select(e => e.Type));
        Assert.Equal(5, (await ReadAsync(new LogFilter(), 100)).Count);
    }

    [Fact]
    public async Task Filters_leave_what_they_name()
    {
        await RecordAsync();
        async Task<IEnumerable<string>> Types(LogFilter filter, int? last = null) => (await ReadAsync(filter, last)).Select(e => $"{e.Stream} {e.Type}");
        Assert.Equal(["run-a run_registered", "run-a run_started"], await Types(new LogFilter(Stream: "run-a")));
        Assert.Equal(["run-b run_registered", "run-b run_started", "run-b run_failed"], await Types(new LogFilter(User: "grace")));
        Assert.Equal(["run-a run_started", "run-b run_started"], await Types(new LogFilter(Type: "run_started")));
        Assert.Equal(["run-b run_started"], await Types(new LogFilter(Type: "run_started"), last: 1));
        Assert.Equal(["run-b run_started"], await Types(new LogFilter(Type: "run_started", User: "grace")));
        Assert.Empty(await Types(new LogFilter(User: "alan")));
    }

    [Fact]
    public async Task Times_of_recording_bound_the_log()
    {
        await RecordAsync();
        var all = await ReadAsync(new LogFilter());
        var third = all[2].RecordedAt;
        Assert.Equal(all.Take(2), await ReadAsync(new LogFilter(Until: third)));
        Assert.Equal(all.Skip(2), await ReadAsync(new LogFilter(Since: third)));
        Assert.Empty(await ReadAsync(new LogFilter(Until: Before)));
    }

    [Fact]
    public async Task A_log_longer_than_a_page_has_no_gap_and_no_double()
    {
        await using (var journal = new MartenRunJournal(database, TimeProvider.System))
            await journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a"), RecordedRuns.Start()]);
        await using (var connection = await database.OpenAsync(CancellationToken.None))
        await using (var command = new Npgsql.NpgsqlCommand(
            """
            insert into itra.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, is_archived)
            select 100 + n, gen_random_uuid(), 'run-a', 2 + n, '{}', 'run_started', now(), '*DEFAULT*', '', false from generate_series(1, 4321) n
            """, connection))
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(1, 4323).Select(n => (long)n), (await ReadAsync(new LogFilter())).Select(e => e.Version));
        Assert.Equal(Enumerable.Range(1324, 3000).Select(n => (long)n), (await ReadAsync(new LogFilter(), 3000)).Select(e => e.Version));
    }

    [Fact]
    public async Task Users_are_listed_once()
    {
        await RecordAsync();
        Assert.Equal(["ada", "grace"], await new AuditLog(database).UsersAsync(CancellationToken.None));
    }

    private async Task RecordAsync()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        var other = RecordedRuns.Register("run-b", "other");
        await journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a")]);
        await journal.RecordAllAsync("run-b", [other with { Provenance = other.Provenance with { User = "grace" } }]);
        await journal.RecordAllAsync("run-a", [RecordedRuns.Start()]);
        await journal.RecordAllAsync("run-b", [RecordedRuns.Start(), new FailRun("no", "X") { At = RecordedRuns.Noon }]);
    }

    private async Task<List<LoggedEvent>> ReadAsync(LogFilter filter, int? last = null)
    {
        List<LoggedEvent> read = [];
        await foreach (var page in new AuditLog(database).ReadAsync(filter, last, CancellationToken.None)) read.AddRange(page);
        return read;
    }
}
