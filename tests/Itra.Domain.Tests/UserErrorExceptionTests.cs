namespace Itra.Domain.Tests;

public class UserErrorExceptionTests
{
    [Fact]
    public void What_a_file_holds_cannot_drive_the_terminal() =>
        Assert.Equal("it names \uFFFD[2J\uFFFD\uFFFD and goes on: try another", new UserErrorException("it names \u001b[2J\u0007\u009b and\ngoes\ron: try another").Message);

    [Fact]
    public void A_text_that_no_one_would_read_is_cut_in_its_middle()
    {
        var message = new UserErrorException($"a.csv: no column among {new string('x', 1_000_000)}: set --csv-img-key").Message;
        Assert.InRange(message.Length, 1000, 1500);
        Assert.StartsWith("a.csv: no column", message, StringComparison.Ordinal);
        Assert.EndsWith(": set --csv-img-key", message, StringComparison.Ordinal);
    }
}
