using Itra.Trainer.Data;

namespace Itra.Trainer.Tests.Data;

public class CounterRandomTests
{
    [Fact]
    public void Philox_gives_the_published_known_answers()
    {
        // Random123 known-answer vectors, philox4x32 10.
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), CounterRandom.Philox(0, 0, 0, 0, 0, 0));
        Assert.Equal((0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu),
            CounterRandom.Philox(~0u, ~0u, ~0u, ~0u, ~0u, ~0u));
        Assert.Equal((0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u),
            CounterRandom.Philox(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0));
    }

    [Fact]
    public void One_key_always_gives_one_stream_and_any_other_key_another()
    {
        static ulong[] Draw(ulong seed, long epoch, long sample, Purpose purpose)
        {
            var random = CounterRandom.For(seed, epoch, sample, purpose);
            return [.. Enumerable.Range(0, 5).Select(_ => random.NextUInt64())];
        }

        var stream = Draw(1, 2, 3, Purpose.Crop);
        Assert.Equal(stream, Draw(1, 2, 3, Purpose.Crop));
        Assert.Equal(5, stream.Distinct().Count());
        var others = new[] { Draw(2, 2, 3, Purpose.Crop), Draw(1, 3, 3, Purpose.Crop), Draw(1, 2, 4, Purpose.Crop), Draw(1, 2, 3 + (1L << 32), Purpose.Crop), Draw(1, 2, 3, Purpose.Caption) };
        Assert.All(others, other => Assert.Empty(other.Intersect(stream)));
    }

    [Fact]
    public void Integers_are_uniform()
    {
        const int n = 7, draws = 70_000;
        var random = CounterRandom.For(5, 0, 0, Purpose.Caption);
        var counts = new int[n];
        for (int i = 0; i < draws; i++) counts[random.NextInt(n)]++;
        double chiSquare = counts.Sum(c => Math.Pow(c - draws / n, 2) / (draws / (double)n));
        Assert.True(chiSquare < 22.46, $"chi-square {chiSquare} with 6 degrees of freedom: p < 0.001");
    }

    [Fact]
    public void Doubles_lie_in_the_half_open_unit_interval_with_mean_one_half()
    {
        var random = CounterRandom.For(5, 0, 0, Purpose.Crop);
        double[] drawn = [.. Enumerable.Range(0, 100_000).Select(_ => random.NextDouble())];
        Assert.All(drawn, d => Assert.InRange(d, 0, 1 - 1e-16));
        Assert.Equal(0.5, drawn.Average(), 0.005);
    }
}
