using System.Text.RegularExpressions;
using Itra.Cli.Output;

namespace Itra.Cli.Tests.Output;

public partial class TableRoomTests
{
    private static readonly IReadOnlyList<Column<string>> Columns =
    [
        new("id", _ => "run-0123456789"), new("name", row => row) { Shrinks = true }, new("spare", _ => "12345") { Yields = 1 },
        new("value", _ => "99.99", IsNumber: true), new("more", _ => "12345") { Yields = 2 }, new("hidden", _ => new string('h', 50)) { Label = "" },
    ];

    private static string Shown(string name, int width) => string.Join(' ', TableRoom.Of([name], Columns, width).Select(c => c.Column.Heading));

    [Theory]
    [InlineData("id name spare value more", 44)]
    [InlineData("id name spare value", 43)]
    [InlineData("id name spare value", 37)]
    [InlineData("id name value", 36)]
    [InlineData("id name value", 10)]
    public void Columns_are_left_out_in_their_order_until_the_rest_fits(string shown, int width) => Assert.Equal(shown, Shown("four", width));

    [Fact]
    public void A_name_shrinks_before_anything_is_left_out() => Assert.Equal(Shown("a name of 12", 52), Shown("a name that is much longer", 52));

    [Fact]
    public void Of_several_that_shrink_each_keeps_its_least_and_what_is_left_goes_to_those_that_want_little()
    {
        Column<string>[] columns = [new("long", _ => new string('l', 50)) { Shrinks = true, Least = 10 }, new("short", _ => new string('s', 15)) { Shrinks = true, Least = 12 }];
        Assert.Equal([13, 15], TableRoom.Of(["row"], columns, 33).Select(c => c.Width));
        Assert.Equal([10, 12], TableRoom.Of(["row"], columns, 20).Select(c => c.Width));
    }

    [Theory]
    [InlineData(44)]
    [InlineData(40)]
    [InlineData(33)]
    public void What_is_shown_is_not_cut_off(int width)
    {
        var text = new StringWriter();
        new Answer(new Terminal(text, TextWriter.Null, IsInteractive: true, width), asJson: false).Rows(["four"], "", Columns);
        var plain = Colours().Replace(text.ToString(), "");
        Assert.DoesNotContain('…', plain);
        Assert.All(plain.Split('\n'), line => Assert.InRange(line.Length, 0, width));
        Assert.Contains(" 99.99 ", plain, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\x1b\[[0-9;]*m")]
    private static partial Regex Colours();

    [Fact]
    public void A_pipe_gets_every_column()
    {
        var text = new StringWriter();
        new Answer(new Terminal(text, TextWriter.Null, IsInteractive: false, 10), asJson: false).Rows(["four"], "", Columns);
        Assert.StartsWith("id\tname\tspare\tvalue\tmore\thidden", text.ToString(), StringComparison.Ordinal);
    }
}
