using Itra.Tracking.Comparison;

namespace Itra.Tracking.Tests.Comparison;

public class CurveOverlayTests
{
    private static CurveOverlay Overlay(params double[][] curves) =>
        CurveOverlay.Of("m", "step", [.. curves.Select((values, i) => ($"run-{i}", (IReadOnlyList<long>)[.. values.Select((_, at) => (long)at)], (IReadOnlyList<double>)values))])!;

    [Fact]
    public void All_lines_share_one_scale_and_one_axis()
    {
        var overlay = Overlay([1, 2, 3, 4], [10, 20]);
        Assert.Equal((0, 3, 1, 20), (overlay.First, overlay.Last, overlay.Low, overlay.High));
        Assert.Equal([1, 2, 3, 4], overlay.Lines[0].Points);
        Assert.Equal([10, 20, null, null], overlay.Lines[1].Points);
    }

    [Fact]
    public void A_long_curve_is_averaged_over_equal_stretches_of_steps()
    {
        var overlay = Overlay([.. Enumerable.Range(0, 80).Select(i => (double)i)], [.. Enumerable.Repeat(7.0, 40)]);
        Assert.Equal(CurveOverlay.Points, overlay.Lines[0].Points.Count);
        Assert.Equal([0.5, 2.5, 78.5], new[] { 0, 1, 39 }.Select(i => overlay.Lines[0].Points[i]!.Value));
        Assert.Equal(20, overlay.Lines[1].Points.Count(p => p is not null));
    }

    [Fact]
    public void Values_that_are_no_numbers_leave_a_gap_but_are_told_as_the_last()
    {
        var line = Overlay([1, double.NaN, 3, double.PositiveInfinity]).Lines.Single();
        Assert.Equal([1, null, 3, null], line.Points);
        Assert.Equal(double.PositiveInfinity, line.Last);
    }

    [Fact]
    public void A_metric_without_a_single_number_is_not_drawn() =>
        Assert.Null(CurveOverlay.Of("m", "step", [("run-a", [0, 1], [double.NaN, double.NaN])]));

    [Fact]
    public void Steps_are_set_against_steps_and_scores_against_epochs()
    {
        var compared = RunComparison.Of([new TrainedRun("run-a").Recorded(), new TrainedRun("run-b") { Name = "other" }.Recorded()], ComparisonRules.None);
        Assert.Equal([("training/learning_rate", "step", 0, 9), ("training/loss-align", "step", 0, 9), ("retrieval-mean-recall", "epoch", 1, 2)],
            compared.Curves.Select(c => (c.Metric, c.Over, c.First, c.Last)));
    }
}
