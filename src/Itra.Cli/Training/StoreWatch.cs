using Itra.Cli.Output;
using Itra.Tracking.Artifacts;
using Itra.Tracking.WriteAhead;

namespace Itra.Cli.Training;

/// <summary>Tells whoever watches a training when the store does not take its events, when it does again, and when the log's disk fills up.</summary>
internal sealed class StoreWatch : IDisposable
{
    private const long LittleSpace = 1L << 30;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2), Worrying = TimeSpan.FromSeconds(3), Again = TimeSpan.FromMinutes(5);

    private readonly WriteAheadJournal journal;
    private readonly Uploads uploads;
    private readonly Action<string> tell;
    private readonly TimeProvider clock;
    private readonly ITimer timer;
    private long? told;
    private bool toldOfSpace, toldOfBucket;

    public StoreWatch(WriteAheadJournal journal, Uploads uploads, Action<string> tell, TimeProvider clock)
    {
        (this.journal, this.uploads, this.tell, this.clock) = (journal, uploads, tell, clock);
        timer = clock.CreateTimer(_ => Look(), null, Every, Every);
    }

    public void Dispose() => timer.Dispose();

    private void Look()
    {
        var (lag, sending) = (journal.Lag, uploads.Lag);
        // A server that has taken a request and says nothing has not failed yet.
        if (lag.Why is null && sending is { Why: { } silent }) lag = lag with { For = sending.For, Why = silent };
        if (lag.Why is { } why && lag.For > Worrying && (told is not { } last || clock.GetElapsedTime(last) > Again))
        {
            told = clock.GetTimestamp();
            tell($"not in the store yet: {Form.Count(lag.Events)} events, for {Form.Duration(lag.For)} ({why}); training goes on, and they wait in {string.Join(", ", journal.Logs)}{UploadText.Of(sending)}");
        }
        else if (lag.Why is null && told is not null)
        {
            told = null;
            tell("the store takes events again; none was lost");
        }
        if (!toldOfBucket && uploads.Warning is { } warning)
        {
            toldOfBucket = true;
            tell(warning);
        }
        if (!toldOfSpace && journal.Logs.Any(HasLittleSpace))
        {
            toldOfSpace = true;
            tell($"less than 1 GiB is free on the disk of {journal.Logs[0]}: when it is full, the run fails; free some space now");
        }
    }

    private static bool HasLittleSpace(string log)
    {
        try
        {
            return new DriveInfo(Path.GetDirectoryName(log)!).AvailableFreeSpace < LittleSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The folder is gone: the run will say so when it writes there. A warning must not end it on a timer's thread.
            return false;
        }
    }
}
