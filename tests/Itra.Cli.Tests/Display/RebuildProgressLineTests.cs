using Itra.Cli.Display;
using Itra.Cli.Output;
using Itra.Tracking.Projections;

namespace Itra.Cli.Tests.Display;

public class RebuildProgressLineTests
{
    [Fact]
    public void It_is_wiped_without_a_trace()
    {
        var terminal = new StringWriter();
        var line = new RebuildProgressLine(new PrintableWriter(terminal));
        line.Report(new RebuildProgress(999, 1_000));
        line.Report(new RebuildProgress(1_000, 1_000));
        line.Wipe();
        Assert.Equal("\r999 of 1,000 streams\r1,000 of 1,000 streams\r" + new string(' ', 22) + "\r", terminal.ToString());
    }
}
