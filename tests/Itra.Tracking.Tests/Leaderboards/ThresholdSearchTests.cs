using System.Text.Json;
using Itra.Domain.Leaderboards;
using Itra.Domain.Runs;
using Itra.Tracking.Audit;
using Itra.Tracking.Leaderboards;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;

namespace Itra.Tracking.Tests.Leaderboards;

public sealed class ThresholdSearchTests(TestServer server) : IAsyncLifetime
{
    private static readonly CancellationToken Cancellation = CancellationToken.None;
    private static readonly LeaderboardDefinition ByA = new("a") { Metric = "a" };
    private TrackingDatabase database = null!;

    public async ValueTask InitializeAsync()
    {
        database = await server.NewDatabaseAsync();
        await Migration.RunAsync(database, Cancellation);
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_page_is_the_beginning_of_the_whole_ranking_in_any_store_under_any_definition_at_any_time(int seed)
    {
        var store = new RandomStore(new Random(seed));
        await new ChainedBulkInsert(database).WriteAsync(store.Runs(400), Cancellation);
        var (found, ranked) = (0, 0);
        for (var i = 0; i < 100; i++)
        {
            var (definition, then) = (store.Definition(), i % 5 == 0 ? new PointInTime.Moment(RandomStore.Noon.AddMinutes(i % 60)) : null);
            var reader = new LeaderboardReader(database, then);
            var whole = await reader.RankAsync(definition, [], limit: null, Cancellation);
            ranked += whole.Count;
            foreach (var count in new[] { 1, 3, 20 })
            {
                Assert.Equal(Text(whole.Take(count)), Text(await reader.RankAsync(definition, [], count, Cancellation)));
                if (await new ThresholdSearch(new ScoreQuery(database, then), definition, count).FindAsync(Cancellation) is { } some && some.Count < whole.Count) found++;
            }
        }
        Assert.True(ranked > 3_000, $"{ranked} rows are few to compare");
        Assert.True(found > 50, $"only {found} pages were found without looking at everything");
    }

    [Theory]
    [InlineData("[a]", "best", 40)]
    [InlineData("[a]", "last", 40)]
    [InlineData("[a] + [b]", "best", 80)]
    [InlineData("[a] * [b]", "last", 80)]
    public async Task A_page_takes_the_scores_of_few_runs(string formula, string choose, int most)
    {
        await new ChainedBulkInsert(database).WriteAsync(Enumerable.Range(0, 1000).Select(i => Improving($"run-{i:D4}", i)), Cancellation);
        var definition = ByA with { Metric = null, Formula = formula, Choose = choose == "last" ? EpochChoice.Last : EpochChoice.Best };
        var found = await new ThresholdSearch(new ScoreQuery(database, null), definition, 10).FindAsync(Cancellation);
        Assert.InRange(found!.Count, 10, most);
        Assert.Equal("run-0999", Ranking.Rank(found, definition)[0].RunId);
    }

    [Fact]
    public async Task A_repeated_evaluation_that_came_out_worse_keeps_no_other_run_off_the_page()
    {
        await new ChainedBulkInsert(database).WriteAsync(
            [Scored("run-a", (1, 90), (1, 10)), Scored("run-b", (1, 50)), .. Enumerable.Range(0, 9).Select(i => Scored($"run-{i}", (1, 89), (1, 5)))], Cancellation);
        Assert.Equal(("run-b", 50.0), (await new LeaderboardReader(database).RankAsync(ByA, [], 1, Cancellation)).Select(r => (r.RunId, r.Value)).Single());
    }

    [Fact]
    public async Task Without_a_bound_everything_is_read()
    {
        await new ChainedBulkInsert(database).WriteAsync([Scored("run-a", (1, 90))], Cancellation);
        Assert.Null(await new ThresholdSearch(new ScoreQuery(database, null), ByA with { Metric = null, Formula = "1 / ([a] - 90)" }, 1).FindAsync(Cancellation));
        Assert.Empty((await new ThresholdSearch(new ScoreQuery(database, null), ByA with { Metric = "nothing" }, 1).FindAsync(Cancellation))!);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => new LeaderboardReader(database).RankAsync(ByA, [], 0, Cancellation));
    }

    private static string Text<T>(T value) => JsonSerializer.Serialize(value, EventJson.Options).Replace("\"evaluations_in_all\":null,", "", StringComparison.Ordinal);

    private static (string, IReadOnlyList<RunEvent>) Improving(string id, int number) => Scored(id, (1, number), (2, number + 0.5), (3, number + 0.25));

    private static (string, IReadOnlyList<RunEvent>) Scored(string id, params (int Epoch, double Value)[] scores) => (id,
    [
        new RunRegistered(id, Runs.RecordedRuns.Spec(), Runs.RecordedRuns.Provenance) { At = RandomStore.Noon },
        .. scores.Select(s => new ClassificationEvaluated(
            s.Epoch, "zero-shot", "coco", RandomStore.Coco, "raw", 10, 2, new Dictionary<string, double> { ["a"] = s.Value, ["b"] = s.Value / 2 }, 1) { At = RandomStore.Noon.AddMinutes(s.Epoch) }),
    ]);
}
