using Itra.Domain;
using Itra.Tracking.Retention;

namespace Itra.Tracking.Tests.Retention;

public class KeepRuleTests
{
    [Theory]
    [InlineData("best:3,last:1,pinned", 3, 1, "best:3,last:1,pinned")]
    [InlineData("last:2", 0, 2, "last:2,pinned")]
    [InlineData(" best:1 , pinned", 1, 0, "best:1,pinned")]
    [InlineData("pinned", 0, 0, "pinned")]
    public void A_rule_says_how_many_stay(string text, int best, int last, string written)
    {
        Assert.Equal(new KeepRule(best, last), KeepRule.Parse(text));
        Assert.Equal(written, KeepRule.Parse(text).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("best")]
    [InlineData("best:-1")]
    [InlineData("best:3;last:1")]
    [InlineData("newest:3")]
    [InlineData("best:3,")]
    public void What_is_no_rule_is_refused(string text) => Assert.Throws<UserErrorException>(() => KeepRule.Parse(text));
}
