using Itra.Domain.Leaderboards;

namespace Itra.Domain.Tests.Leaderboards;

public class ScoreRangeTests
{
    private static readonly string[] Formulas =
        ["[a] + [b]", "[a] - [b] - 3", "[a] * [b] / 7", "-[a] * ([b] - 0.1)", "[a] / [b]", "2 * [a] * [b] / ([a] + [b])", "1e308 * [a] - 1e308 * [b]", "[a] / 0", "([a] - [b]) * ([a] - [b])"];

    [Fact]
    public void A_range_holds_the_value_of_any_scores_in_it_to_the_last_bit()
    {
        var random = new Random(1);
        foreach (var formula in Formulas.Select(ScoreFormula.Parse))
            for (var i = 0; i < 2000; i++)
            {
                var ranges = new[] { "a", "b" }.ToDictionary(m => m, _ => Range(random));
                var scores = ranges.ToDictionary(r => r.Key, r => random.Next(3) switch { 0 => r.Value.Low, 1 => r.Value.High, _ => Math.Clamp(r.Value.Low + random.NextDouble() * (r.Value.High - r.Value.Low), r.Value.Low, r.Value.High) });
                if (formula.Of(scores) is { } value) Assert.InRange(value, formula.Within(ranges).Low, formula.Within(ranges).High);
            }
    }

    [Theory]
    [InlineData("[a] + [b]", 3, 14)]
    [InlineData("[a] - [b]", -9, 2)]
    [InlineData("-[a] * [b]", -40, -2)]
    [InlineData("[b] / [a]", 0.5, 10)]
    [InlineData("[a] / ([a] - 1)", double.NegativeInfinity, double.PositiveInfinity)]
    public void A_range_of_values_is_as_narrow_as_its_arithmetic_allows(string formula, double low, double high) =>
        Assert.Equal(new ScoreRange(low, high), ScoreFormula.Parse(formula).Within(new Dictionary<string, ScoreRange> { ["a"] = new(1, 4), ["b"] = new(2, 10) }));

    [Theory]
    [InlineData("[a] + 2 * [b] / 3", false)]
    [InlineData("-(1 / [a])", true)]
    [InlineData("[b] * ([a] / (2 - [b]))", true)]
    [InlineData("[a] / (2 * 3)", false)]
    public void Infinity_vanishes_only_under_a_fraction_line(string formula, bool bears) => Assert.Equal(bears, ScoreFormula.Parse(formula).Term.BearsInfinity);

    private static ScoreRange Range(Random random)
    {
        var (one, two) = (200 * random.NextDouble() - 50, random.Next(4) == 0 ? 0 : 200 * random.NextDouble() - 50);
        return new ScoreRange(Math.Min(one, two), Math.Max(one, two));
    }
}
