using Itra.Cli.Output;
using Itra.Tracking.Projections;

namespace Itra.Cli.Display;

/// <summary>Tells how far a rebuild is, in place on a terminal.</summary>
internal sealed class RebuildProgressLine(TextWriter terminal) : IProgress<RebuildProgress>
{
    private int widest;

    public void Report(RebuildProgress value)
    {
        var line = $"{Form.Count(value.Runs)} of {Form.Count(value.Of)} streams";
        widest = Math.Max(widest, line.Length);
        terminal.Write($"\r{line}");
    }

    /// <summary>By blanks: what a terminal would obey does not pass.</summary>
    public void Wipe() => terminal.Write($"\r{new string(' ', widest)}\r");
}
