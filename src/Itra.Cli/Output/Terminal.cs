namespace Itra.Cli.Output;

/// <summary>Where answers go. A pipe gets plain lines, people get colours and boxes.</summary>
internal sealed record Terminal(TextWriter Out, TextWriter Error, bool IsInteractive, int Width)
{
    public static Terminal OfProcess()
    {
        var interactive = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");
        return new Terminal(Console.Out, Console.Error, interactive, interactive ? Math.Max(60, Console.WindowWidth) : int.MaxValue);
    }
}
