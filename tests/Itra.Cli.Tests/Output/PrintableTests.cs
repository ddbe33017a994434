using Itra.Cli.Output;

namespace Itra.Cli.Tests.Output;

public sealed class PrintableTests
{
    private const string Odd = "\u001b[2Jgone\u202egpj";

    [Fact]
    public void A_terminal_is_given_lines_and_obeys_nothing_in_them()
    {
        using var screen = new StringWriter();
        using var writer = new PrintableWriter(screen);
        writer.WriteLine($"{Odd}\tnext");
        writer.Write('\u0007');
        Assert.Equal("\\u001b[2Jgone\\u202egpj\tnext\n\\u0007", screen.ToString());
    }

    [Fact]
    public void A_table_keeps_its_own_colours_and_none_of_its_cells()
    {
        using var screen = new StringWriter();
        var answer = new Answer(new Terminal(screen, TextWriter.Null, IsInteractive: true, Width: 80), asJson: false);
        answer.Rows([Odd], "", new Column<string>("name", n => n));
        Assert.DoesNotContain("\u001b[2J", screen.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\u202e', screen.ToString());
        Assert.Contains("\uFFFD[2Jgone\uFFFDgpj", screen.ToString(), StringComparison.Ordinal);
    }
}
