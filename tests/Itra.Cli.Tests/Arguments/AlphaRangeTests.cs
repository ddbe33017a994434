using Itra.Cli.Arguments;
using Itra.Domain;

namespace Itra.Cli.Tests.Arguments;

public class AlphaRangeTests
{
    [Theory]
    [InlineData("0:1:0.1", new[] { 0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1 })]
    [InlineData("0.2:0.5:0.2", new[] { 0.2, 0.4 })]
    [InlineData("1:1:1", new[] { 1.0 })]
    [InlineData("0,0.25,1", new[] { 0, 0.25, 1 })]
    [InlineData("0", new[] { 0.0 })]
    public void A_range_holds_both_its_ends_and_a_list_what_it_names(string text, double[] alphas) => Assert.Equal(alphas, AlphaRange.Parse(text));

    [Theory]
    [InlineData("0:1.1:0.1", "1.1 is outside of 0")]
    [InlineData("-0.1,1", "-0.1 is outside of 0")]
    [InlineData("0:1:0", "FROM:TO:STEP")]
    [InlineData("1:0:0.1", "FROM:TO:STEP")]
    [InlineData("0:1:1e-9", "FROM:TO:STEP")]
    [InlineData("0:1", "FROM:TO:STEP")]
    [InlineData("half", "FROM:TO:STEP")]
    [InlineData("", "FROM:TO:STEP")]
    public void What_is_neither_or_leaves_0_to_1_is_refused(string text, string message) =>
        Assert.Contains(message, Assert.Throws<UserErrorException>(() => AlphaRange.Parse(text)).Message, StringComparison.Ordinal);
}
