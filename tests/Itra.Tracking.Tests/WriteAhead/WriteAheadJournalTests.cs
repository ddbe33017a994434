using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;
using Itra.Tracking.WriteAhead;

namespace Itra.Tracking.Tests.WriteAhead;

public sealed class WriteAheadJournalTests(TestServer server) : IAsyncLifetime
{
    private readonly string home = Directory.CreateTempSubdirectory("itra-home-").FullName;
    private TrackingDatabase database = null!;

    public async ValueTask InitializeAsync() => database = await server.NewDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        Directory.Delete(home, recursive: true);
    }

    [Fact]
    public async Task What_goes_through_the_log_is_stored_as_if_it_had_gone_to_the_store()
    {
        RunCommand[] life = [.. RecordedRuns.Life("run-a", epochs: 3), new CompleteRun { At = RecordedRuns.Noon }];
        await using (var direct = Direct()) await direct.RecordAllAsync("run-b", life.Select(c => c is RegisterRun r ? r with { RunId = "run-b" } : c));
        await using (var journal = Journal())
        {
            await journal.RecordAllAsync("run-a", life);
            Assert.True(await journal.DrainAsync(TimeSpan.FromSeconds(20), CancellationToken.None));
        }

        Assert.Equal(await GistAsync("run-b"), await GistAsync("run-a"));
        var curves = new MetricCurves(database);
        Assert.Equal((await curves.ReadAsync("run-b", "training/loss-align", CancellationToken.None)).Values, (await curves.ReadAsync("run-a", "training/loss-align", CancellationToken.None)).Values);
        Assert.Equal(3, await curves.VerifyAsync("run-a", CancellationToken.None));
        Assert.Empty(Directory.GetFiles(Path.Combine(home, "pending")));
        Assert.Empty(Directory.GetFiles(home, EventLog.FileName, SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_run_recorded_without_a_store_is_shipped_later_and_a_second_time_changes_nothing()
    {
        await using (var offline = new WriteAheadJournal(null, Nowhere, home, TimeProvider.System)) await offline.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
        var log = Assert.Single(Directory.GetFiles(home, EventLog.FileName, SearchOption.AllDirectories));
        var copy = Path.Combine(home, "copy");
        Directory.CreateDirectory(copy);
        File.Copy(log, Path.Combine(copy, EventLog.FileName));

        await using var direct = Direct();
        var sync = new LogSync(direct, (_, _, _) => Task.CompletedTask, home);
        Assert.True(LogSync.HasWork(home));
        var shipped = Assert.Single(await sync.RunAsync(null, CancellationToken.None));
        Assert.Equal(("run-a", null, shipped.Records), (shipped.RunId, shipped.Problem, shipped.New));
        Assert.False(LogSync.HasWork(home));

        var before = await GistAsync("run-a");
        var again = Assert.Single(await sync.RunAsync(copy, CancellationToken.None));
        Assert.Equal((shipped.Records, 0), (again.Records, again.New));
        Assert.Equal(before, await GistAsync("run-a"));
        Assert.Equal(RunStatus.Running, (await new RunReader(database).FindRunAsync("run-a", CancellationToken.None)).Status);
    }

    [Fact]
    public async Task A_log_that_was_cut_off_is_shipped_up_to_there()
    {
        await using (var offline = new WriteAheadJournal(null, Nowhere, home, TimeProvider.System)) await offline.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
        var log = Directory.GetFiles(home, EventLog.FileName, SearchOption.AllDirectories).Single();
        using (var file = File.OpenWrite(log)) file.SetLength(file.Length - 5);

        await using var direct = Direct();
        var shipped = Assert.Single(await new LogSync(direct, (_, _, _) => Task.CompletedTask, home).RunAsync(null, CancellationToken.None));
        Assert.Null(shipped.Problem);
        Assert.Equal(shipped.Records, (await GistAsync("run-a")).Count);
        Assert.DoesNotContain("checkpoint_saved", (await GistAsync("run-a")).Select(g => g.Type));
    }

    [Fact]
    public async Task What_somebody_else_records_of_the_run_meanwhile_goes_between()
    {
        await using var journal = Journal();
        await using var other = Direct();
        var commands = RecordedRuns.Life("run-a").ToArray();
        foreach (var command in commands[..3]) await journal.RecordAsync("run-a", command, CancellationToken.None);
        Assert.True(await journal.DrainAsync(TimeSpan.FromSeconds(20), CancellationToken.None));
        await other.RecordAsync("run-a", WiseFt(0.5), CancellationToken.None);
        foreach (var command in commands[3..]) await journal.RecordAsync("run-a", command, CancellationToken.None);
        Assert.True(await journal.DrainAsync(TimeSpan.FromSeconds(20), CancellationToken.None));

        var types = (await GistAsync("run-a")).Select(g => g.Type).ToList();
        Assert.Equal(3, types.IndexOf("wise_ft_evaluated"));
        Assert.Equal(commands.Length + 1, types.Count);
    }

    [Fact]
    public async Task A_run_that_went_on_elsewhere_does_not_take_what_the_old_process_still_says()
    {
        await using var old = Journal();
        await using var other = Direct();
        foreach (var command in RecordedRuns.Life("run-a").Take(5)) await old.RecordAsync("run-a", command, CancellationToken.None);
        Assert.True(await old.DrainAsync(TimeSpan.FromSeconds(20), CancellationToken.None));
        await other.RecordAsync("run-a", new FailRun("it seemed dead", "ProcessLost") { At = RecordedRuns.Noon }, CancellationToken.None);
        await other.RecordAsync("run-a", new ResumeRun("noether", 12, RecordedRuns.Noon, null, 0, 0) { At = RecordedRuns.Noon }, CancellationToken.None);

        await old.RecordAsync("run-a", new LogMetrics(new MetricChunk(0, ["loss"], [[1]])) { At = RecordedRuns.Noon }, CancellationToken.None);
        Assert.False(await old.DrainAsync(TimeSpan.FromSeconds(20), CancellationToken.None));
        var refusal = await Assert.ThrowsAsync<LogOvertakenException>(() => old.RecordAsync("run-a", new CompleteRun { At = RecordedRuns.Noon }, CancellationToken.None));
        Assert.Contains("process 12 on noether", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("metrics_logged", (await GistAsync("run-a")).Select(g => g.Type));
    }

    [Fact]
    public async Task An_event_waits_for_the_file_it_names()
    {
        var stored = new TaskCompletionSource();
        await using var journal = new WriteAheadJournal(Direct(), (_, stop) => stored.Task.WaitAsync(stop), home, TimeProvider.System);
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
        await WaitAsync(async () => (await GistAsync("run-a")).Count >= 10);
        Assert.DoesNotContain("checkpoint_saved", (await GistAsync("run-a")).Select(g => g.Type));
        Assert.Equal(1, journal.Lag.Events);

        stored.SetResult();
        Assert.True(await journal.DrainAsync(TimeSpan.FromSeconds(20), CancellationToken.None));
        Assert.Contains("checkpoint_saved", (await GistAsync("run-a")).Select(g => g.Type));
    }

    [Fact]
    public async Task A_log_that_gave_way_to_another_is_shipped_with_the_rest()
    {
        // As it is when a run's folder was copied from another machine with its log.
        var folder = Directory.CreateDirectory(Path.Combine(home, "wal", "run-a")).FullName;
        using (var foreign = EventLogWriter.Create(folder, "run-z", 0, TimeProvider.System))
            foreach (var e in RunDecider.Decide(RecordedRuns.Register("run-z"), Run.Unknown)) foreign.Append(0, e, null);
        Assert.False(LogSync.HasWork(home));
        await using (var journal = Journal()) await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
        Assert.Empty(await GistAsync("run-z"));

        Assert.True(LogSync.HasWork(home));
        var shipped = Assert.Single(await new LogSync(Direct(), (_, _, _) => Task.CompletedTask, home).RunAsync(null, CancellationToken.None));
        Assert.Equal(("run-z", 1L, null), (shipped.RunId, shipped.New, shipped.Problem));
        Assert.Equal(["run_registered"], (await GistAsync("run-z")).Select(g => g.Type));
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public async Task What_gave_way_and_is_no_log_any_more_is_named_until_somebody_sees_to_it()
    {
        var folder = Directory.CreateDirectory(Path.Combine(home, "wal", "run-a")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, EventLog.FileName), "not a log", CancellationToken.None);
        await using (var journal = Journal()) await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
        for (var i = 0; i < 2; i++)
        {
            var named = Assert.Single(await new LogSync(Direct(), (_, _, _) => Task.CompletedTask, home).RunAsync(null, CancellationToken.None));
            Assert.NotNull(named.Problem);
            Assert.Equal("not a log", await File.ReadAllTextAsync(named.Path, CancellationToken.None));
        }
    }

    [Fact]
    public async Task A_file_that_is_evaluated_by_another_process_is_sent_before_it_is_recorded()
    {
        await using (var first = Journal()) await first.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
        List<Artifact> sent = [];
        await using var journal = new WriteAheadJournal(Direct(), (artifact, _) => { sent.Add(artifact); return Task.CompletedTask; }, home, TimeProvider.System);
        var kept = new Artifact(new string('a', 64), 7);
        await journal.RecordAsync("run-a", WiseFt(0.5) with { Kept = kept }, CancellationToken.None);
        Assert.Equal([kept], sent);
    }

    private static async Task WaitAsync(Func<Task<bool>> condition)
    {
        for (var i = 0; i < 200 && !await condition(); i++) await Task.Delay(50);
    }

    private static RecordWiseFt WiseFt(double alpha) =>
        new(alpha, "s", "e", 1, new Dictionary<string, string> { ["coco"] = "d" }, new Dictionary<string, double> { ["m"] = 1 }, null, 1) { At = RecordedRuns.Noon };

    private static Task Nowhere(Artifact artifact, CancellationToken cancellation) => Task.CompletedTask;

    private MartenRunJournal Direct() => new(database, TimeProvider.System);

    private WriteAheadJournal Journal() => new(Direct(), Nowhere, home, TimeProvider.System);

    private async Task<IReadOnlyList<(string Type, string Data)>> GistAsync(string run) =>
        [.. (await new RunReader(database).ReadEventsAsync(run, CancellationToken.None)).Select(e => (e.Type, e.Data.Replace(run, "RUN", StringComparison.Ordinal)))];
}
