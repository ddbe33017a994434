using Itra.Cli.Output;

namespace Itra.Cli.Display;

/// <summary>Tells how many pictures are read, on stderr: in place on a terminal, every ten seconds elsewhere. Reports may come from several threads.</summary>
internal sealed class PictureProgress(Terminal terminal, TimeProvider clock) : IProgress<(long Done, long Total)>
{
    private static readonly TimeSpan InPlace = TimeSpan.FromSeconds(0.2), ByLine = TimeSpan.FromSeconds(10);
    private readonly Lock turn = new();
    private readonly long start = clock.GetTimestamp();
    private TimeSpan last;

    public void Report((long Done, long Total) value)
    {
        lock (turn)
        {
            var (now, isLast) = (clock.GetElapsedTime(start), value.Done == value.Total);
            if (terminal.IsInteractive ? !isLast && now - last < InPlace : now - last < ByLine) return;
            last = now;
            var line = $"{Form.Count(value.Done)} of {Form.Count(value.Total)} pictures read";
            if (terminal.IsInteractive) terminal.Error.Write($"\r{line}    {(isLast ? Environment.NewLine : "")}");
            else terminal.Error.WriteLine(line);
        }
    }
}
