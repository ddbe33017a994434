using System.Text.Json;
using Itra.Domain;
using Itra.Domain.Leaderboards;
using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Reading;

public sealed class RunReaderTests(TestServer server) : IAsyncLifetime
{
    private TrackingDatabase database = null!;

    private RunReader Reader => new(database);

    public async ValueTask InitializeAsync() => database = await server.NewDatabaseAsync();

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Fact]
    public async Task Where_nothing_was_recorded_there_is_nothing_to_see()
    {
        Assert.Empty(await Reader.ListRunsAsync(new RunFilter(), CancellationToken.None));
        Assert.Empty(await Reader.ReadEventsAsync("run-a", CancellationToken.None));
        Assert.Empty(await Reader.LeaderboardAsync(LeaderboardDefinition.MeanRecall, CancellationToken.None));
        Assert.Empty(await new MetricCurves(database).NamesAsync("run-a", CancellationToken.None));
        var error = await Assert.ThrowsAsync<UserErrorException>(() => Reader.FindRunAsync("x", CancellationToken.None));
        Assert.Contains("nothing has been recorded", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_are_listed_last_first_and_filtered()
    {
        await RecordThreeAsync();
        async Task<IEnumerable<string>> List(RunFilter filter) => (await Reader.ListRunsAsync(filter, CancellationToken.None)).Select(r => r.Id);
        Assert.Equal(["run-ccc", "run-abb", "run-aaa"], await List(new RunFilter()));
        Assert.Equal(["run-ccc"], await List(new RunFilter(Experiment: "flickr")));
        Assert.Equal(["run-abb"], await List(new RunFilter(Status: RunStatus.Running)));
        Assert.Empty(await List(new RunFilter(Experiment: "flickr", Status: RunStatus.Running)));
    }

    [Theory]
    [InlineData("run-aaa", "run-aaa")]
    [InlineData("run-c", "run-ccc")]
    [InlineData("ab", "run-abb")]
    [InlineData("second", "run-abb")]
    public async Task A_run_is_found_by_id_beginning_or_name(string text, string id)
    {
        await RecordThreeAsync();
        Assert.Equal(id, (await Reader.FindRunAsync(text, CancellationToken.None)).Id);
    }

    [Theory]
    [InlineData("a", "run-abb (second), run-aaa (first)")]
    [InlineData("zzz", "run-ccc (third)")]
    public async Task An_ambiguous_or_unknown_run_is_an_error_that_lists_candidates(string text, string candidates)
    {
        await RecordThreeAsync();
        var error = await Assert.ThrowsAsync<UserErrorException>(() => Reader.FindRunAsync(text, CancellationToken.None));
        Assert.Contains(candidates, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task Events_have_the_form_of_their_golden_files_whatever_the_store_makes_of_them()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a", epochs: 1));
        var epoch = (await Reader.ReadEventsAsync("run-a", CancellationToken.None)).Single(e => e.Type == "epoch_completed");
        Assert.Equal(7, epoch.Version);
        Assert.Equal(["epoch", "step", "loss", "learning_rate", "samples_per_second", "seconds", "at"],
            JsonDocument.Parse(epoch.Data).RootElement.EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public async Task The_leaderboard_is_ranked_and_of_one_experiment_where_asked()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", RecordedRuns.Life("run-a", "weak"));
        await journal.RecordAllAsync("run-b", RecordedRuns.Life("run-b", "strong", lift: 60));
        var rows = await Reader.LeaderboardAsync(LeaderboardDefinition.MeanRecall, CancellationToken.None);
        Assert.Equal([(1, "strong", 2), (2, "weak", 2)], rows.Select(r => (r.Rank, r.Name, r.Epoch)));
        Assert.Equal(7, rows[0].Scores.Count);
        Assert.Empty(await Reader.LeaderboardAsync(LeaderboardDefinition.MeanRecall with { Filters = new LeaderboardFilters("nothing") }, CancellationToken.None));
    }

    private async Task RecordThreeAsync()
    {
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-aaa", [RecordedRuns.Register("run-aaa", "first")]);
        await journal.RecordAllAsync("run-abb", [RecordedRuns.Register("run-abb", "second", minute: 1), RecordedRuns.Start()]);
        await journal.RecordAllAsync("run-ccc", [RecordedRuns.Register("run-ccc", "third", "flickr", minute: 2)]);
    }
}
