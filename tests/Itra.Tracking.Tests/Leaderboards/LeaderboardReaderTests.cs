using Itra.Domain.Leaderboards;
using Itra.Domain.Runs;
using Itra.Tracking.Leaderboards;
using Itra.Tracking.Postgres;
using Itra.Tracking.Projections;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Leaderboards;

public sealed class LeaderboardReaderTests(TestServer server) : IAsyncLifetime
{
    private static readonly CancellationToken Cancellation = CancellationToken.None;
    private TrackingDatabase database = null!;

    public async ValueTask InitializeAsync() => database = await server.NewDatabaseAsync();

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Fact]
    public async Task A_page_is_the_beginning_of_the_whole_ranking_whatever_the_definition()
    {
        await RecordManyAsync();
        var reader = new LeaderboardReader(database);
        var mean = LeaderboardDefinition.MeanRecall;
        foreach (var definition in new[]
                 {
                     mean, mean with { Direction = Direction.LowerIsBetter }, mean with { Dataset = "mscoco_captions" }, mean with { Dataset = "nowhere" }, mean with { Weights = "ema" },
                     mean with { Choose = EpochChoice.Last }, mean with { Group = Grouping.Seeds }, mean with { Filters = new LeaderboardFilters("coco", "clip") },
                     mean with { Filters = new LeaderboardFilters { Settings = new Dictionary<string, string> { ["lr"] = "0.00001" } } },
                     mean with { Filters = new LeaderboardFilters { Settings = new Dictionary<string, string> { ["lr"] = "2e-5" } } },
                     mean with { Metric = null, Formula = "[retrieval-image2text-R@1] - [retrieval-text2image-R@1]" },
                 })
        {
            var whole = await reader.RankAsync(definition, [], null, Cancellation);
            foreach (var count in new[] { 1, 3, 50 })
                Assert.Equivalent(whole.Take(count), await reader.RankAsync(definition, [], count, Cancellation), strict: true);
        }
        Assert.Equal(8, (await reader.RankAsync(mean, [], null, Cancellation)).Count);
        Assert.Empty(await reader.RankAsync(mean with { Filters = new LeaderboardFilters { Settings = new Dictionary<string, string> { ["lr"] = "2e-5" } } }, [], null, Cancellation));
    }

    [Fact]
    public async Task The_first_place_tells_among_how_many_evaluations_it_was_won()
    {
        await RecordManyAsync();
        var rows = await new LeaderboardReader(database).RankAsync(LeaderboardDefinition.MeanRecall, [], 20, Cancellation);
        Assert.Equal((2, 16), (rows[0].Selection!.Evaluations, rows[0].Selection!.EvaluationsInAll));
        Assert.All(rows.Skip(1), r => Assert.Null(r.Selection!.EvaluationsInAll));
    }

    [Fact]
    public async Task What_a_resume_took_back_is_off_the_board_and_still_counted()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
        Assert.Equal(2, (await RankAsync()).Epoch);
        await ResumeAsync(journal);
        var row = await RankAsync();
        Assert.Equal((1, 3), (row.Epoch, row.Selection!.Evaluations));
        Assert.Empty((await new ProjectionRebuild(database).CompareAsync(null, Cancellation)).Differences);

        async Task<LeaderboardRow> RankAsync() => Assert.Single(await new LeaderboardReader(database).RankAsync(LeaderboardDefinition.MeanRecall, [], 20, Cancellation));
    }

    [Fact]
    public async Task A_place_tells_what_the_run_s_last_reproduction_came_to()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
        await journal.RecordAllAsync("run-b", RecordedRuns.Life("run-b", lift: -1));
        Assert.All(await RankAsync(), row => Assert.Null(row.Verdict));
        await journal.RecordAsync("run-a", new CompleteRun { At = TimeProvider.System.GetUtcNow() }, Cancellation);
        await journal.RecordAsync("run-a", new JudgeReproduction("run-a", "run-c", Verdict.Diverged, [], null) { At = TimeProvider.System.GetUtcNow() }, Cancellation);
        await journal.RecordAsync("run-a", new JudgeReproduction("run-a", "run-d", Verdict.BitExact, [], null) { At = TimeProvider.System.GetUtcNow() }, Cancellation);
        Assert.Equal([("run-a", Verdict.BitExact), ("run-b", null)], (await RankAsync()).Select(r => (r.RunId!, r.Verdict)));

        Task<IReadOnlyList<LeaderboardRow>> RankAsync() => new LeaderboardReader(database).RankAsync(LeaderboardDefinition.MeanRecall, [], 20, Cancellation);
    }

    [Fact]
    public async Task A_reproduction_is_no_second_result()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
        await journal.RecordAllAsync("run-b", RecordedRuns.Life("run-b", lift: 5)
            .Select(c => c is RegisterRun r ? r with { Origin = new RunOrigin(OriginKind.Reproduction, "run-a") } : c));

        foreach (var choose in new[] { EpochChoice.Best, EpochChoice.Last })
            Assert.Equal("run-a", Assert.Single(await new LeaderboardReader(database).RankAsync(LeaderboardDefinition.MeanRecall with { Choose = choose }, [], 20, Cancellation)).RunId);
        Assert.Empty((await new ProjectionRebuild(database).CompareAsync(null, Cancellation)).Differences);
    }

    [Fact]
    public async Task As_of_a_time_every_answer_is_what_it_was_then()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        List<(DateTimeOffset At, string Answer)> past = [];
        foreach (var (command, i) in RecordedRuns.Life("run-a").Append(new FailRun("killed", "ProcessLost")).Append(Resumption).Select((c, i) => (c, i)))
        {
            var at = RecordedRuns.Noon.AddMinutes(i);
            await journal.RecordAsync("run-a", command with { At = at }, Cancellation);
            past.Add((at, await AnswerAsync(null)));
        }
        Assert.True(past.Select(p => p.Answer).Distinct().Count() > 6);
        foreach (var (at, answer) in past)
        {
            Assert.Equal(answer, await AnswerAsync(new PointInTime.Moment(at)));
            Assert.Equal(answer, await AnswerAsync(new PointInTime.Moment(at.AddSeconds(59))));
        }
        Assert.Equal("[][][][][]", await AnswerAsync(new PointInTime.Moment(RecordedRuns.Noon.AddSeconds(-1))));
    }

    [Fact]
    public async Task Definitions_are_events_and_changes_of_the_first_place_name_what_caused_them()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        var boards = new LeaderboardJournal(database);
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a"));
        await DefineAsync(new LeaderboardDefinition("coco") { Metric = "retrieval-image2text-R@1" }, 30);
        Assert.Empty(await DefineAsync(new LeaderboardDefinition("coco") { Metric = "retrieval-image2text-R@1" }, 31));
        await DefineAsync(new LeaderboardDefinition("coco") { Metric = "retrieval-mean-recall", Choose = EpochChoice.Last }, 40);

        var reader = new LeaderboardReader(database);
        var board = await reader.FindAsync("coco", Cancellation);
        Assert.Equal([1, 2], board.Versions.Select(v => v.Version));
        Assert.Equal(2, board.State.Version);
        Assert.Equal(
            [("leaderboard_defined", "leaderboard-coco", 20.0), ("leaderboard_defined", "leaderboard-coco", (20 + 20 + 30 + 40 + 50 + 61.5) / 6)],
            (await reader.HistoryAsync(board.Versions, Cancellation)).Select(c => (c.Cause.Type, c.Cause.Stream, c.Leader!.Value)));
        Assert.Equal(1, (await new LeaderboardReader(database, new PointInTime.Moment(RecordedRuns.Noon.AddMinutes(35))).FindAsync("coco", Cancellation)).State.Version);
        await Assert.ThrowsAsync<Domain.UserErrorException>(() => reader.FindAsync("flickr", Cancellation));

        Task<IReadOnlyList<LeaderboardEvent>> DefineAsync(LeaderboardDefinition definition, int minute) =>
            boards.RecordAsync(new DefineLeaderboard(definition, "ada") { At = RecordedRuns.Noon.AddMinutes(minute) }, Cancellation);
    }

    private static readonly ResumeRun Resumption = new("turing", 4712, RecordedRuns.Noon.AddHours(2), null, 0, 0);

    private static async Task ResumeAsync(MartenRunJournal journal)
    {
        await journal.RecordAsync("run-a", new FailRun("killed", "ProcessLost") { At = RecordedRuns.Noon.AddHours(2) }, Cancellation);
        await journal.RecordAsync("run-a", Resumption with { At = RecordedRuns.Noon.AddHours(2) }, Cancellation);
        await journal.RecordAsync("run-a", new RecordRetrieval(1, "mscoco_captions", "d2", "raw", 79, 395, RecordedRuns.Scores, 3) { At = RecordedRuns.Noon.AddHours(2) }, Cancellation);
    }

    /// <summary>All that commands show, in one text.</summary>
    private async Task<string> AnswerAsync(PointInTime? then)
    {
        var (runs, curves, boards) = (new RunReader(database, then), new MetricCurves(database, then), new LeaderboardReader(database, then));
        return string.Concat(
            Text(await runs.ListRunsAsync(new RunFilter(Limit: 5), Cancellation)), Text(await runs.ReadEventsAsync("run-a", Cancellation)), Text((await curves.ReadAsync("run-a", "training/loss-align", Cancellation)).Values),
            Text(await boards.RankAsync(LeaderboardDefinition.MeanRecall, [], 5, Cancellation)), Text(await boards.RankAsync(LeaderboardDefinition.MeanRecall with { Choose = EpochChoice.Last }, [], 5, Cancellation)));
    }

    private static string Text<T>(T value) => System.Text.Json.JsonSerializer.Serialize(value, EventJson.Options);

    private async Task RecordManyAsync()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        for (var i = 0; i < 8; i++) await journal.RecordAllAsync($"run-{i}", RecordedRuns.Life($"run-{i}", $"name-{i}", lift: i * 7 % 5));
    }
}
