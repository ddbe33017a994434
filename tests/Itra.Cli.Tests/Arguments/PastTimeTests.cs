using Itra.Cli.Arguments;
using Itra.Domain;

namespace Itra.Cli.Tests.Arguments;

public class PastTimeTests
{
    private sealed class Clock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.CreateCustomTimeZone("x", TimeSpan.FromHours(2), "x", "x");
    }

    [Theory]
    [InlineData("2026-03-01", "2026-03-01T00:00:00+02:00")]
    [InlineData("2026-03-01T12:30:00Z", "2026-03-01T12:30:00Z")]
    [InlineData("2026-03-01 12:30+01:00", "2026-03-01T11:30:00Z")]
    [InlineData("2026-03-01T12:30", "2026-03-01T12:30:00+02:00")]
    [InlineData("3d", "2026-03-07T12:00:00Z")]
    [InlineData("12h", "2026-03-10T00:00:00Z")]
    [InlineData("30m", "2026-03-10T11:30:00Z")]
    public void A_time_is_a_date_a_moment_or_how_long_ago(string text, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected), PastTime.Read(text, new Clock()));

    [Fact]
    public void The_end_of_a_day_is_the_beginning_of_the_next() =>
        Assert.Equal(DateTimeOffset.Parse("2026-03-02T00:00:00+02:00"), PastTime.Read("2026-03-01", new Clock(), endOfDay: true));

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("d")]
    [InlineData("3y")]
    [InlineData("2026-13-01")]
    [InlineData("03/01/2026")]
    public void Anything_else_is_an_error_that_shows_how_to_write_one(string text)
    {
        var error = Assert.Throws<UserErrorException>(() => PastTime.Read(text, new Clock()));
        Assert.Contains("2026-03-01T12:30", error.Message, StringComparison.Ordinal);
    }
}
