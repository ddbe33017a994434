namespace Itra.Tracking.Tests;

public sealed class PulseTests
{
    private readonly SetClock clock = new();

    [Fact]
    public async Task Silence_lasts_from_the_last_sign_of_life_and_only_while_something_is_asked()
    {
        var pulse = new Pulse(clock);
        clock.Seconds = 100;
        Assert.Equal(TimeSpan.Zero, pulse.Silence);
        await pulse.DuringAsync(async () =>
        {
            clock.Seconds += 7;
            Assert.Equal(TimeSpan.FromSeconds(7), pulse.Silence);
            pulse.Beat();
            clock.Seconds += 2;
            Assert.Equal(TimeSpan.FromSeconds(2), pulse.Silence);
            await pulse.ApartAsync(() =>
            {
                clock.Seconds += 60;
                Assert.Equal(TimeSpan.Zero, pulse.Silence);
                return Task.CompletedTask;
            });
            Assert.Equal(TimeSpan.Zero, pulse.Silence);
            return true;
        });
        clock.Seconds += 60;
        Assert.Equal(TimeSpan.Zero, pulse.Silence);
    }

    [Fact]
    public async Task What_breaks_is_no_longer_waited_for()
    {
        var pulse = new Pulse(clock);
        await Assert.ThrowsAsync<IOException>(() => pulse.DuringAsync<bool>(() => throw new IOException()));
        clock.Seconds += 60;
        Assert.Equal(TimeSpan.Zero, pulse.Silence);
    }

    private sealed class SetClock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
