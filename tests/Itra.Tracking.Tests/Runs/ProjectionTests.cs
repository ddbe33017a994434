using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Projections;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;

namespace Itra.Tracking.Tests.Runs;

public sealed class ProjectionTests(TestServer server) : IAsyncLifetime
{
    private TrackingDatabase database = null!;

    public async ValueTask InitializeAsync() => database = await server.NewDatabaseAsync();

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Fact]
    public async Task A_rebuild_gives_exactly_the_rows_that_live_appends_gave()
    {
        await using (var journal = new MartenRunJournal(database, TimeProvider.System))
            foreach (var (run, command) in History(new Random(7))) await journal.RecordAsync(run, command, CancellationToken.None);
        var live = await RowsAsync();
        Assert.True(live.Count > 2 * 24 + 7 * 24);

        // So that a rebuild that does nothing is found out.
        await ExecuteAsync($"delete from {TrackingSchema.Name}.mt_doc_run_summary where id < 'run-10'");
        await ExecuteAsync($"update {TrackingSchema.Name}.run_spec set name = 'forged' where run_id = 'run-03'");
        await ExecuteAsync($"update {TrackingSchema.Name}.score set value = 99 where (run_id, version) = (select run_id, version from {TrackingSchema.Name}.score order by 1, 2 limit 1)");
        await ExecuteAsync($"insert into {TrackingSchema.Name}.score select 'run-zz', version, metric, at, epoch, experiment, dataset, dataset_digest, weights, value from {TrackingSchema.Name}.score limit 1");
        var damaged = await RowsAsync();
        Assert.NotEqual(live, damaged);

        var rebuild = new ProjectionRebuild(database);
        var found = (await rebuild.CompareAsync(null, CancellationToken.None)).Differences.ToDictionary(d => d.Table);
        Assert.Equal(damaged, await RowsAsync());
        Assert.Equal(["mt_doc_run_summary", "run_spec", "score"], found.Keys.Order());
        Assert.Equal((10, 1, 8), (found["mt_doc_run_summary"].Rows, found["run_spec"].Rows, found["score"].Rows));
        Assert.Equal(["run-03"], found["run_spec"].Runs);
        Assert.Equal((2, "run-zz"), (found["score"].Runs.Count, found["score"].Runs[^1]));

        Assert.Equal(3, (await rebuild.RunAsync(null, CancellationToken.None)).Differences.Count);
        Assert.Equal(live, await RowsAsync());
        Assert.Empty((await rebuild.RunAsync(null, CancellationToken.None)).Differences);
    }

    [Fact]
    public async Task A_run_goes_on_after_a_rebuild()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
        await ExecuteAsync($"delete from {TrackingSchema.Name}.mt_doc_run_summary");
        await new ProjectionRebuild(database).RunAsync(null, CancellationToken.None);
        await journal.RecordAsync("run-a", new CompleteRun { At = RecordedRuns.Noon.AddHours(3) }, CancellationToken.None);
        Assert.Equal(RunStatus.Completed, (await new RunReader(database).FindRunAsync("run-a", CancellationToken.None)).Status);
        Assert.Empty((await new ProjectionRebuild(database).CompareAsync(null, CancellationToken.None)).Differences);
    }

    [Fact]
    public async Task A_summary_tells_how_far_a_run_came()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a", epochs: 3, steps: 4));
        await journal.RecordAsync("run-a", new FailRun("the disk is full", "IOException") { At = RecordedRuns.Noon.AddHours(3) }, CancellationToken.None);

        var run = await new RunReader(database).FindRunAsync("run-a", CancellationToken.None);

        Assert.Equal(
            new RunSummary("run-a", "baseline", "coco", "clip", RunStatus.Failed, RecordedRuns.Noon, "/home/ada/clip/logs/coco/baseline/out.log")
            {
                Seed = 1, StartedAt = RecordedRuns.Noon.AddSeconds(1), EndedAt = RecordedRuns.Noon.AddHours(3), Host = "turing", ProcessId = 4711,
                ProcessStartedAt = RecordedRuns.Noon.AddSeconds(-3), Epoch = 3, EpochsPlanned = 3, LastStep = 11,
                LastLoss = Enumerable.Range(0, 4).Select(i => 2.0 / (3 + i / 10.0)).Average(), LearningRate = 1e-5,
                TotalParameters = 102_007_137, TrainableParameters = 102_007_137,
                BestMeanRecall = (30 + 20 + 30 + 40 + 50 + 61.5) / 6, BestEpoch = 3, Checkpoints = 1, FailureReason = "the disk is full", Recalls = run.Recalls,
            },
            run);
        Assert.Equal([1, 2, 3], run.Recalls.Select(r => r.Epoch));
    }

    /// <summary>Two dozen runs that take turns, ending in every way there is, some of them not at all.</summary>
    private static IEnumerable<(string Run, RunCommand Command)> History(Random random)
    {
        var open = Enumerable.Range(0, 24).Select(i => (Id: $"run-{i:00}", Left: new Queue<RunCommand>(Life($"run-{i:00}", random)))).ToList();
        while (open.Count > 0)
        {
            var next = open[random.Next(open.Count)];
            yield return (next.Id, next.Left.Dequeue());
            if (next.Left.Count == 0) open.Remove(next);
        }
    }

    private static IEnumerable<RunCommand> Life(string id, Random random)
    {
        var all = RecordedRuns.Life(id, $"name-{random.Next(5)}", epochs: random.Next(1, 4), steps: random.Next(1, 30), lift: random.NextDouble() * 30).ToArray();
        RunCommand? end = random.Next(4) switch
        {
            0 => new CompleteRun { At = RecordedRuns.Noon.AddHours(2) },
            1 => new FailRun("the loss is NaN", "LossNotFiniteException") { At = RecordedRuns.Noon.AddHours(2) },
            2 => new CancelRun("stopped by its user") { At = RecordedRuns.Noon.AddHours(2) },
            _ => null,
        };
        IEnumerable<RunCommand> lived = end is CompleteRun ? all : all.Take(random.Next(2, all.Length + 1));
        return end is null ? lived : lived.Append(end);
    }

    private Task<IReadOnlyList<string>> RowsAsync() => database.QueryAsync(
        $"""
        select 'run ' || id || data::text from {TrackingSchema.Name}.mt_doc_run_summary
        union all select 'spec ' || s::text from {TrackingSchema.Name}.run_spec s
        union all select 'score ' || s::text from {TrackingSchema.Name}.score s order by 1
        """, r => r.GetString(0), CancellationToken.None);

    private async Task ExecuteAsync(string sql) => await database.QueryAsync(sql, _ => 0, CancellationToken.None);
}
