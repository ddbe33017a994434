using System.Diagnostics;
using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;

namespace Itra.Tracking.Tests.Runs;

public sealed class OrphanRunsTests(TestServer server) : IAsyncLifetime
{
    private readonly Process process = Process.Start(new ProcessStartInfo("sleep", "1000"))!;
    private TrackingDatabase database = null!;
    private MartenRunJournal journal = null!;

    private OrphanRuns Orphans => new(new RunReader(database), new Lazy<IRunJournal>(() => journal), TimeProvider.System);

    public async ValueTask InitializeAsync()
    {
        database = await server.NewDatabaseAsync();
        journal = new MartenRunJournal(database, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
        await journal.DisposeAsync();
        await database.DisposeAsync();
    }

    [Fact]
    public async Task A_run_whose_process_was_killed_ends_as_failed_and_says_where_its_log_is()
    {
        await StartAsync("run-a", Environment.MachineName, process.Id, process.StartTime);
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);

        Assert.Equal("run-a", Assert.Single(await Orphans.CloseAsync(CancellationToken.None)).Id);

        var run = await new RunReader(database).FindRunAsync("run-a", CancellationToken.None);
        Assert.Equal(RunStatus.Failed, run.Status);
        Assert.Equal(
            $"process {process.Id} on {Environment.MachineName} ended without a word; its log is /home/ada/clip/logs/coco/baseline/out.log", run.FailureReason);
        Assert.Empty(await Orphans.CloseAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_run_whose_process_lives_goes_on()
    {
        await StartAsync("run-a", Environment.MachineName, process.Id, process.StartTime);
        Assert.Empty(await Orphans.CloseAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_later_process_with_the_same_number_is_another()
    {
        await StartAsync("run-a", Environment.MachineName, process.Id, process.StartTime.AddMinutes(-10));
        Assert.Single(await Orphans.CloseAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_run_on_another_host_is_not_ours_to_judge()
    {
        await StartAsync("run-a", "somewhere-else", 999_999_999, process.StartTime);
        Assert.Empty(await Orphans.CloseAsync(CancellationToken.None));
    }

    private Task StartAsync(string id, string host, int pid, DateTime startedAt) =>
        journal.RecordAllAsync(id, [RecordedRuns.Register(id), new StartRun(host, pid, startedAt.ToUniversalTime()) { At = RecordedRuns.Noon }]);
}
