using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;
using Itra.Tracking.Tests.Postgres;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Reading;

public sealed class MetricCurvesTests(TestServer server) : IAsyncLifetime
{
    private static readonly double[] Losses = [3.5, 0.1 + 0.2, double.NaN, -0.0, double.PositiveInfinity];

    private TrackingDatabase database = null!;

    private MetricCurves Curves => new(database);

    public async ValueTask InitializeAsync()
    {
        database = await server.NewDatabaseAsync();
        await using var journal = new MartenRunJournal(database, TimeProvider.System);
        await journal.RecordAllAsync("run-a", [RecordedRuns.Register("run-a"), RecordedRuns.Start(), Log(0, Losses), Log(5, [1, 2])]);
    }

    public ValueTask DisposeAsync() => database.DisposeAsync();

    [Fact]
    public async Task A_curve_is_every_value_that_was_logged_bit_for_bit()
    {
        var curve = await Curves.ReadAsync("run-a", "training/loss-align", CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, 7).Select(i => (long)i), curve.Steps);
        Assert.Equal([.. Losses.Select(BitConverter.DoubleToInt64Bits), BitConverter.DoubleToInt64Bits(1), BitConverter.DoubleToInt64Bits(2)], curve.Values.Select(BitConverter.DoubleToInt64Bits));
    }

    [Fact]
    public async Task Names_are_those_that_were_logged() =>
        Assert.Equal(["training/learning_rate", "training/loss-align"], await Curves.NamesAsync("run-a", CancellationToken.None));

    [Fact]
    public async Task A_metric_that_was_not_logged_is_an_empty_curve() =>
        Assert.Empty((await Curves.ReadAsync("run-a", "nonsense", CancellationToken.None)).Steps);

    [Fact]
    public async Task Values_that_nobody_touched_are_vouched_for() => Assert.Equal(2, await Curves.VerifyAsync("run-a", CancellationToken.None));

    [Theory]
    [InlineData("update {0} set vals = (select vals from {0} where metric = 'training/learning_rate' and first_step = 0) where metric = 'training/loss-align' and first_step = 0", "step 0")]
    [InlineData("delete from {0} where metric = 'training/loss-align' and first_step = 5", "step 5")]
    [InlineData("insert into {0} select run_id, metric, 7, n, encoding, vals, attempt from {0} where first_step = 5", "step 7")]
    public async Task Values_that_somebody_changed_removed_or_added_are_found(string sql, string where)
    {
        await database.QueryAsync(string.Format(sql, MetricChunkTable.Name), _ => 0, CancellationToken.None);
        var error = await Assert.ThrowsAsync<MetricsAlteredException>(() => Curves.VerifyAsync("run-a", CancellationToken.None));
        Assert.Contains(where, error.Message, StringComparison.Ordinal);
    }

    private static LogMetrics Log(long first, double[] losses) =>
        new(new MetricChunk(first, ["training/loss-align", "training/learning_rate"], [losses, [.. losses.Select(_ => 1e-5)]])) { At = RecordedRuns.Noon };
}
