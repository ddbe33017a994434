using System.Security.Cryptography;
using Itra.Domain.Runs;

namespace Itra.Domain.Tests.Runs;

public class MetricChunkTests
{
    [Fact]
    public void Names_and_columns_have_to_match()
    {
        Assert.Throws<ArgumentException>(() => new MetricChunk(0, ["a", "b"], [[1]]));
        Assert.Throws<ArgumentException>(() => new MetricChunk(0, ["a", "b"], [[1], [1, 2]]));
        Assert.Throws<ArgumentException>(() => new MetricChunk(0, ["a", "a"], [[1], [1]]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MetricChunk(-1, ["a"], [[1]]));
    }

    [Fact]
    public void Parts_are_joined_column_by_column()
    {
        var joined = MetricChunk.Join([MetricChunk.OfStep(7, ("a", 1), ("b", 10)), new MetricChunk(8, ["a", "b"], [[2, 3], [20, 30]])]);
        Assert.Equal((7, 3, 9), (joined.FirstStep, joined.Count, joined.LastStep));
        Assert.Equal([1, 2, 3], joined.Values[0]);
        Assert.Equal([10, 20, 30], joined.Values[1]);
    }

    [Theory]
    [InlineData(8, "a", true)]
    [InlineData(9, "a", false)]
    [InlineData(7, "a", false)]
    [InlineData(8, "b", false)]
    public void A_chunk_is_continued_by_the_next_step_of_the_same_metrics(long step, string name, bool continues) =>
        Assert.Equal(continues, MetricChunk.OfStep(7, ("a", 1)).IsContinuedBy(MetricChunk.OfStep(step, (name, 1))));

    [Fact]
    public void A_summary_leaves_out_of_its_range_what_is_not_finite()
    {
        Assert.Equal(new MetricSeries("a", double.NaN, -1, 2), MetricSeries.Of("a", [2, double.PositiveInfinity, -1, double.NaN]));
        Assert.Equal(new MetricSeries("a", double.NaN, double.NaN, double.NaN), MetricSeries.Of("a", [double.NaN]));
    }

    [Fact]
    public void The_digest_is_over_the_columns_as_little_endian_float64()
    {
        // 1.0 is 3FF0000000000000, -2.0 is C000000000000000.
        byte[] bytes = [0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0];
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), MetricChunk.OfStep(0, ("a", 1), ("b", -2)).Digest());
    }
}
