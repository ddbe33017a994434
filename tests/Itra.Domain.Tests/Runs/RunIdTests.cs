using Itra.Domain.Runs;

namespace Itra.Domain.Tests.Runs;

public class RunIdTests
{
    [Fact]
    public void An_id_is_short_readable_and_new()
    {
        string[] ids = [.. Enumerable.Range(0, 1000).Select(_ => RunId.New())];
        Assert.Equal(1000, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^run-[0-9a-hjkmnp-tv-z]{10}$", id));
    }
}
