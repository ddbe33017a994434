using Itra.Domain.Leaderboards;

namespace Itra.Domain.Tests.Leaderboards;

public class ScoreFormulaTests
{
    private static readonly Dictionary<string, double> Scores = new() { ["a"] = 6, ["retrieval-image2text-R@1"] = 10, ["zero"] = 0 };

    [Theory]
    [InlineData("[a]", 6)]
    [InlineData("[a] + [retrieval-image2text-R@1] * 2", 26)]
    [InlineData("([a] + [ retrieval-image2text-R@1 ]) / 2", 8)]
    [InlineData("-[a] - -2", -4)]
    [InlineData("2 - 3 - [a]", -7)]
    [InlineData("12 / 2 / [a]", 1)]
    [InlineData("1e1*[a]+2.5e-1", 60.25)]
    public void A_formula_is_arithmetic_over_scores(string formula, double value) => Assert.Equal(value, ScoreFormula.Parse(formula).Of(Scores)!.Value, 12);

    [Theory]
    [InlineData("[a] + [b]")]
    [InlineData("[a] / [zero]")]
    [InlineData("[zero] / [zero]")]
    public void A_missing_score_and_what_is_no_number_give_nothing(string formula) => Assert.Null(ScoreFormula.Parse(formula).Of(Scores));

    [Theory]
    [InlineData("[a] +", "at character 6 a number, a [metric] or '(' was expected")]
    [InlineData("([a]", "at character 5 ')' was expected")]
    [InlineData("[a] [a]", "at character 5 an operator was expected")]
    [InlineData("[a", "at character 1 a ']' after the metric was expected")]
    [InlineData("1.2.3 * [a]", "at character 1 a number was expected")]
    [InlineData("1 + 2", "names no metric")]
    public void What_is_no_formula_is_refused_with_the_place(string formula, string message) =>
        Assert.Contains(message, Assert.Throws<UserErrorException>(() => ScoreFormula.Parse(formula)).Message, StringComparison.Ordinal);

    [Fact]
    public void It_knows_the_metrics_it_needs_each_once() => Assert.Equal(["a", "b"], ScoreFormula.Parse("[a] * [b] - [a]").Metrics);
}
