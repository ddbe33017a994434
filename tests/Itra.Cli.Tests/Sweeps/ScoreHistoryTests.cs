using Itra.Cli.Sweeps;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Microsoft.Extensions.DependencyInjection;

namespace Itra.Cli.Tests.Sweeps;

public sealed class ScoreHistoryTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Later = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    private readonly RecordedRuns recorded = new();

    public ValueTask InitializeAsync() => recorded.InitializeAsync();

    public ValueTask DisposeAsync() => recorded.DisposeAsync();

    [Fact]
    public async Task What_a_resumption_took_back_is_no_score_of_the_run()
    {
        await using var services = new ServiceCollection().AddTracking(name => name == "ITRA_HOME" ? recorded.Itra.Home : null).BuildServiceProvider();
        var journal = services.GetRequiredService<MartenRunJournal>();
        foreach (var command in new RunCommand[] { Resumption, Retrieval(1, 90), Retrieval(2, 95), new FailRun("killed", "ProcessLost"), Resumption, Retrieval(1, 20) })
            await journal.RecordAsync(RecordedRuns.Failed, command with { At = Later }, TestContext.Current.CancellationToken);

        var scores = await ScoreHistory.ReadAsync(services.GetRequiredService<RunReader>(), TestContext.Current.CancellationToken);
        Assert.Equal([(1, 20.0)], scores[RecordedRuns.Failed].Select(e => (e.Epoch, e.Scores[RetrievalScores.MeanRecallMetric])));
        Assert.Equal([(1, 35.0), (2, 45.0)], scores[RecordedRuns.Completed].Select(e => (e.Epoch, e.Scores[RetrievalScores.MeanRecallMetric])));
    }

    private static ResumeRun Resumption => new("host", 3, Later, null, 0, 0);

    private static RecordRetrieval Retrieval(int epoch, double recall) =>
        new(epoch, "mscoco_captions", new string('c', 64), "raw", 79, 395, new RetrievalScores(recall, recall, recall, recall, recall, recall), 1);
}
