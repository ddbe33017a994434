using Itra.Tracking.Runs;

namespace Itra.Tracking.Tests.Runs;

public class MetricCodecTests
{
    [Fact]
    public void Every_bit_comes_back()
    {
        double[] column = [0, -0.0, 1, -1.5, 1e-5, 0.1 + 0.2, 1e300, double.Epsilon, double.MaxValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity];
        var back = MetricCodec.Decode(MetricCodec.ShuffledZlib, MetricCodec.Encode(column), column.Length);
        Assert.Equal(column.Select(BitConverter.DoubleToInt64Bits), back.Select(BitConverter.DoubleToInt64Bits));
    }

    [Fact]
    public void A_thousand_losses_take_less_than_half_their_bytes()
    {
        var random = new Random(5);
        double[] losses = [.. Enumerable.Range(0, 1000).Select(i => (double)(float)(2.3 / (1 + i / 2000.0) + 0.1 * random.NextDouble()))];
        Assert.InRange(MetricCodec.Encode(losses).Length, 1, 4000);
    }

    [Fact]
    public void An_encoding_from_the_future_is_refused() =>
        Assert.Throws<InvalidDataException>(() => MetricCodec.Decode(2, MetricCodec.Encode([1.0]), 1));
}
