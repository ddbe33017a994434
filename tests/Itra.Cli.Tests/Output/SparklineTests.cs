using Itra.Cli.Output;

namespace Itra.Cli.Tests.Output;

public class SparklineTests
{
    [Fact]
    public void The_lowest_and_highest_values_get_the_lowest_and_highest_bars() => Assert.Equal("▁▄█", Sparkline.Of([0, 0.4, 1], 10));

    [Fact]
    public void A_long_series_is_averaged_in_stretches() => Assert.Equal("▁█", Sparkline.Of([0, 2, 5, 7], 2));

    [Fact]
    public void A_constant_is_a_line_in_the_middle() => Assert.Equal("▄▄", Sparkline.Of([3, 3], 10));

    [Fact]
    public void What_is_not_finite_is_left_out() => Assert.Equal("▁█", Sparkline.Of([1, double.NaN, 2, double.PositiveInfinity], 10));

    [Fact]
    public void Nothing_gives_nothing() => Assert.Equal("", Sparkline.Of([], 10));
}
