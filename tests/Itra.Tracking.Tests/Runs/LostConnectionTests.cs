using System.Diagnostics;
using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;

namespace Itra.Tracking.Tests.Runs;

public sealed class LostConnectionTests : IAsyncLifetime
{
    private readonly TestHome home = new();
    private TrackingDatabase database = null!;

    public ValueTask InitializeAsync()
    {
        database = new TrackingDatabase(new EmbeddedAddress(home.Home), Environment.GetEnvironmentVariable);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        await home.DisposeAsync();
    }

    [Fact]
    public async Task Recording_survives_a_server_that_is_killed_again_and_again_and_nothing_is_lost_or_doubled()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a"), RecordedRuns.Start()]);
        var done = 0;
        var recording = Task.Run(async () =>
        {
            for (var step = 0; step < 300; step++, Interlocked.Increment(ref done))
                Assert.Single(await journal.RecordAsync("run-a", Step(step), CancellationToken.None));
        }, CancellationToken.None);
        foreach (var kill in (int[])[50, 150])
        {
            while (Volatile.Read(ref done) < kill && !recording.IsCompleted) await Task.Delay(1, CancellationToken.None);
            KillServer();
        }
        await recording;

        var curve = await new MetricCurves(database).ReadAsync("run-a", "loss", CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, 300).Select(i => (double)i), curve.Values);
        Assert.Equal(300, await new MetricCurves(database).VerifyAsync("run-a", CancellationToken.None));
    }

    [Fact]
    public async Task A_reader_starts_a_server_that_was_stopped_and_does_not_make_one()
    {
        var reader = new RunReader(database);
        Assert.Empty(await reader.ListRunsAsync(new RunFilter(), CancellationToken.None));
        Assert.False(Directory.Exists(home.Home));

        await using (var journal = new MartenRunJournal(database, TimeProvider.System)) await journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a")]);
        Assert.Single(await reader.ListRunsAsync(new RunFilter(), CancellationToken.None));
        await home.Cluster.StopAsync(CancellationToken.None);
        Assert.Single(await reader.ListRunsAsync(new RunFilter(), CancellationToken.None));
    }

    [Fact]
    public async Task A_server_that_does_not_come_back_is_one_line_without_the_password()
    {
        await using var nowhere = new TrackingDatabase(new ServerAddress("Host=127.0.0.1;Port=9;Username=ada;Password=s3cr3t;Database=runs"), Environment.GetEnvironmentVariable);
        await using var journal = new MartenRunJournal(nowhere, TimeProvider.System, patience: TimeSpan.FromMilliseconds(300));
        foreach (var use in (Func<Task>[])[() => journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a")]), () => new RunReader(nowhere).ListRunsAsync(new RunFilter(), CancellationToken.None)])
        {
            var error = await Assert.ThrowsAsync<StoreUnavailableException>(use);
            Assert.Contains("127.0.0.1:9, database runs does not answer", error.Message, StringComparison.Ordinal);
            Assert.Contains("correct ITRA_POSTGRES", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("s3cr3t", error.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain('\n', error.Message);
        }
    }

    [Fact]
    public async Task A_database_that_does_not_exist_is_said_so_at_once()
    {
        await home.Cluster.EnsureRunningAsync(CancellationToken.None);
        await using var wrong = new TrackingDatabase(new ServerAddress($"{home.Cluster.ConnectionString};Database=nowhere"), Environment.GetEnvironmentVariable);
        await using var journal = new MartenRunJournal(wrong, TimeProvider.System);
        var error = await Assert.ThrowsAsync<StoreUnavailableException>(() => journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a")]));
        Assert.Contains("createdb", error.Message, StringComparison.Ordinal);
    }

    private static LogMetrics Step(int step) => new(MetricChunk.OfStep(step, ("loss", step))) { At = RecordedRuns.Noon };

    private void KillServer()
    {
        using var server = Process.GetProcessById(int.Parse(File.ReadLines(home.Cluster.Folder!.PidFile).First()));
        server.Kill();
    }
}
