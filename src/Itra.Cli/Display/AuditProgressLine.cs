using Itra.Cli.Output;
using Itra.Tracking.Audit;

namespace Itra.Cli.Display;

/// <summary>Tells how far a verification is: in place on a terminal, every ten seconds elsewhere. On stderr, where it mixes with no answer.</summary>
internal sealed class AuditProgressLine(Terminal terminal, TimeProvider clock) : IProgress<AuditProgress>
{
    private static readonly TimeSpan InPlace = TimeSpan.FromSeconds(0.2), ByLine = TimeSpan.FromSeconds(10);
    private readonly long start = clock.GetTimestamp();
    private TimeSpan last;

    public void Report(AuditProgress value)
    {
        var now = clock.GetElapsedTime(start);
        if (now - last < (terminal.IsInteractive ? InPlace : ByLine)) return;
        last = now;
        var line = value.Unit == "bytes" ? $"{Form.Bytes(value.Done)} of {Form.Bytes(value.Total)} of files read" : $"{Form.Count(value.Done)} of {Form.Count(value.Total)} {value.Unit} read";
        // Wiped by what comes next: it is worth nothing afterwards.
        if (terminal.IsInteractive) terminal.Error.Write($"\r{line}    \r");
        else terminal.Error.WriteLine(line);
    }
}
