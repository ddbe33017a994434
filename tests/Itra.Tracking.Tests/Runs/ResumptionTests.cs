using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;

namespace Itra.Tracking.Tests.Runs;

public sealed class ResumptionTests(TestServer server) : IAsyncLifetime
{
    private const string Loss = "training/loss-align";
    private static readonly string Checkpoint = new('a', 64);
    private TrackingDatabase database = null!;

    public async ValueTask InitializeAsync() => database = await server.NewDatabaseAsync();

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Fact]
    public async Task A_resumed_run_has_one_curve_without_gap_or_double_and_all_attempts_are_vouched_for()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await BeginAsync(journal);
        await LogAsync(journal, 0, 5, 4, 3, 2);
        await SaveAsync(journal, epoch: 0, updates: 3);
        await LogAsync(journal, 4, 1, 0);
        await journal.RecordAsync("run-a", new FailRun("killed", "ProcessLost") { At = RecordedRuns.Noon }, CancellationToken.None);
        await ResumeAsync(journal, 3);
        await LogAsync(journal, 3, 2.5, 1.5);
        await LogAsync(journal, 5, 0.5);

        var curve = await new MetricCurves(database).ReadAsync("run-a", Loss, CancellationToken.None);
        Assert.Equal([0, 1, 2, 3, 4, 5], curve.Steps);
        Assert.Equal([5, 4, 3, 2.5, 1.5, 0.5], curve.Values);
        Assert.Equal(4, await new MetricCurves(database).VerifyAsync("run-a", CancellationToken.None));
        var run = await new RunReader(database).FindRunAsync("run-a", CancellationToken.None);
        Assert.Equal((RunStatus.Running, 1, 5), (run.Status, run.Resumptions, run.LastStep));
    }

    [Fact]
    public async Task The_best_epoch_is_one_that_still_counts()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await BeginAsync(journal);
        await EvaluateAsync(journal, 1, 10);
        await SaveAsync(journal, epoch: 1, updates: 1);
        await EvaluateAsync(journal, 2, 90);
        await journal.RecordAsync("run-a", new CancelRun("enough") { At = RecordedRuns.Noon }, CancellationToken.None);
        Assert.Equal(2, (await new RunReader(database).FindRunAsync("run-a", CancellationToken.None)).BestEpoch);

        await ResumeAsync(journal, 1, epoch: 1);
        var run = await new RunReader(database).FindRunAsync("run-a", CancellationToken.None);
        Assert.Equal((1, 1, null), (run.BestEpoch, run.Epoch, run.FailureReason));
    }

    [Fact]
    public async Task A_branch_is_drawn_as_one_curve_with_the_run_it_was_made_from()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await BeginAsync(journal);
        await LogAsync(journal, 0, 5, 4, 3, 2);
        await journal.RecordAsync("run-b", RecordedRuns.Register("run-b") with { Origin = new RunOrigin(OriginKind.Branch, "run-a", 1, 2, Checkpoint) }, CancellationToken.None);
        await journal.RecordAsync("run-b", RecordedRuns.Start(), CancellationToken.None);
        await journal.RecordAsync("run-b", new LogMetrics(new MetricChunk(2, [Loss], [[7, 6]])) { At = RecordedRuns.Noon }, CancellationToken.None);

        var curve = await new MetricCurves(database).ReadAsync("run-b", Loss, CancellationToken.None);
        Assert.Equal([5, 4, 7, 6], curve.Values);
        Assert.Equal([0, 1, 2, 3], curve.Steps);
    }

    [Fact]
    public async Task A_process_whose_run_was_resumed_elsewhere_can_no_longer_write_into_it()
    {
        await using var lost = new MartenRunJournal(database, TimeProvider.System);
        await BeginAsync(lost);
        await SaveAsync(lost, epoch: 0, updates: 1);
        await using (var other = new MartenRunJournal(database, TimeProvider.System))
        {
            await other.RecordAsync("run-a", new FailRun("it seemed dead", "ProcessLost") { At = RecordedRuns.Noon }, CancellationToken.None);
            await ResumeAsync(other, 1);
        }

        var refusal = await Assert.ThrowsAsync<RunRuleException>(() => LogAsync(lost, 1, 9));
        Assert.Contains("was resumed by process 12 on noether", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(await new MetricCurves(database).NamesAsync("run-a", CancellationToken.None));
    }

    private static async Task BeginAsync(MartenRunJournal journal)
    {
        await journal.RecordAsync("run-a", RecordedRuns.Register("run-a"), CancellationToken.None);
        await journal.RecordAsync("run-a", RecordedRuns.Start(), CancellationToken.None);
    }

    private static async Task LogAsync(MartenRunJournal journal, long first, params double[] losses) =>
        await journal.RecordAsync("run-a", new LogMetrics(new MetricChunk(first, [Loss], [losses])) { At = RecordedRuns.Noon }, CancellationToken.None);

    private static async Task SaveAsync(MartenRunJournal journal, int epoch, long updates) =>
        await journal.RecordAsync("run-a", new SaveCheckpoint(epoch, updates, "c.pt") { Stored = new Artifact(Checkpoint, 3), Updates = updates, At = RecordedRuns.Noon }, CancellationToken.None);

    private static async Task EvaluateAsync(MartenRunJournal journal, int epoch, double recall)
    {
        await journal.RecordAsync("run-a", new CompleteEpoch(epoch, epoch, 1, 1e-5, 1, 1) { At = RecordedRuns.Noon }, CancellationToken.None);
        await journal.RecordAsync("run-a", new RecordRetrieval(epoch, "coco", "d", "raw", 1, 5, RecordedRuns.Scores with { ImageToTextR1 = recall }, 1) { At = RecordedRuns.Noon }, CancellationToken.None);
    }

    private static async Task ResumeAsync(MartenRunJournal journal, long updates, int epoch = 0) =>
        await journal.RecordAsync("run-a", new ResumeRun("noether", 12, RecordedRuns.Noon, Checkpoint, epoch, updates) { At = RecordedRuns.Noon }, CancellationToken.None);
}
