namespace Itra.Cli.Output;

/// <summary>Where answers go. A pipe gets plain lines, people get colours and boxes.</summary>
internal sealed record Terminal(TextWriter Out, TextWriter Error, bool IsInteractive, int Width)
{
    private const int DefaultWidth = 100;

    public static Terminal OfProcess()
    {
        var interactive = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");
        // Some pseudo-terminals have no size.
        var width = interactive && Console.WindowWidth > 0 ? Console.WindowWidth : DefaultWidth;
        return new Terminal(Console.Out, Console.Error, interactive, width);
    }

    /// <summary>Undoes what a live display that is broken off leaves behind.</summary>
    public void ShowCursor()
    {
        if (IsInteractive) Out.Write("\u001b[?25h\n");
    }
}
