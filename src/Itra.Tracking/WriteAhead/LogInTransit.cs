using Itra.Domain.Artifacts;
using Itra.Domain.Runs;

namespace Itra.Tracking.WriteAhead;

/// <summary>Reads a log on and stores what it reads, as far as it goes. Holds no records: the log is as long as its disk allows.</summary>
/// <param name="blobs">Makes sure that a file is in the artifact store before an event that names it is stored.</param>
/// <param name="stored">Told whenever the store has taken some.</param>
internal sealed class LogInTransit(EventLog log, LogShipment shipment, Func<Artifact, CancellationToken, Task> blobs, Action? stored = null) : IDisposable
{
    // One transaction takes so many at most; a batch ends early behind an event that waits for a file.
    private const int BatchRecords = 256;

    private long position = log.FirstRecord;
    private long next = 1;

    public string RunId => log.RunId;

    /// <summary>Records that are in the store.</summary>
    public long Shipped => next - 1;

    /// <summary>Ships the records up to a place in the file.</summary>
    /// <param name="end">What is behind it may be half written.</param>
    /// <exception cref="EventLogDamagedException">All records before the damage are in the store.</exception>
    public async Task AdvanceAsync(long end, CancellationToken cancellation)
    {
        List<LogRecord> batch = [];
        var reached = position;
        async Task ShipAsync()
        {
            if (batch.Count == 0) return;
            await shipment.ShipAsync(batch, cancellation);
            stored?.Invoke();
            (position, next) = (reached, batch[^1].Sequence + 1);
            batch.Clear();
        }

        using var records = log.Read(position, next).GetEnumerator();
        try
        {
            while (records.MoveNext() && records.Current.End <= end)
            {
                foreach (var artifact in RunArtifacts.Of(records.Current.Record.Event))
                {
                    // What is before it need not wait for the file.
                    await ShipAsync();
                    await blobs(artifact, cancellation);
                }
                batch.Add(records.Current.Record);
                reached = records.Current.End;
                if (batch.Count == BatchRecords) await ShipAsync();
            }
        }
        catch (EventLogDamagedException)
        {
            await ShipAsync();
            throw;
        }
        await ShipAsync();
    }

    public void Dispose() => log.Dispose();
}
