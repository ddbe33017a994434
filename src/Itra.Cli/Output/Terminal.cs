namespace Itra.Cli.Output;

/// <summary>Where answers go. A pipe gets plain lines, people get colours and boxes.</summary>
/// <param name="Out">For lines of text, in which nothing is obeyed.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, bool IsInteractive, int Width)
{
    private const int DefaultWidth = 100;

    /// <summary>The same, for what is to arrive as it is: JSON, and pictures with their colours.</summary>
    public TextWriter Verbatim { get; init; } = Out;

    public static Terminal OfProcess()
    {
        var interactive = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");
        // Some pseudo-terminals have no size.
        var width = interactive && Console.WindowWidth > 0 ? Console.WindowWidth : DefaultWidth;
        return new Terminal(new PrintableWriter(Console.Out), new PrintableWriter(Console.Error), interactive, width) { Verbatim = Console.Out };
    }

    /// <summary>Undoes what a live display that is broken off leaves behind.</summary>
    public void ShowCursor()
    {
        if (IsInteractive) Verbatim.Write("\u001b[?25h\n");
    }
}
