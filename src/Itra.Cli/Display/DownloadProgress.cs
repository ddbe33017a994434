using Itra.Cli.Output;

namespace Itra.Cli.Display;

/// <summary>Tells how far a download is: in place on a terminal, every ten seconds elsewhere. On stderr, where it mixes with no answer.</summary>
internal sealed class DownloadProgress(Terminal terminal, TimeProvider clock) : IProgress<(long Done, long Total)>
{
    private static readonly TimeSpan InPlace = TimeSpan.FromSeconds(0.2), ByLine = TimeSpan.FromSeconds(10);
    private readonly long start = clock.GetTimestamp();
    private TimeSpan last;

    public void Report((long Done, long Total) value)
    {
        var (now, isLast) = (clock.GetElapsedTime(start), value.Total > 0 && value.Done >= value.Total);
        if (!isLast && now - last < (terminal.IsInteractive ? InPlace : ByLine)) return;
        last = now;
        var line = $"{Form.Bytes(value.Done)}{(value.Total > 0 ? $" of {Form.Bytes(value.Total)} ({100 * value.Done / value.Total}%)" : "")}";
        if (terminal.IsInteractive) terminal.Error.Write($"\r{line}    {(isLast ? Environment.NewLine : "")}");
        else terminal.Error.WriteLine(line);
    }
}
