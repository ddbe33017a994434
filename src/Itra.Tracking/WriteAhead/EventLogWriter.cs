using Itra.Domain;
using Itra.Domain.Runs;
using Itra.Tracking.Artifacts;

namespace Itra.Tracking.WriteAhead;

/// <summary>
/// Appends records. What was appended survives the end of this process at once, and the end of the machine after a second at most; at the
/// turns of a run's life, at once, too.
/// </summary>
internal sealed class EventLogWriter : IDisposable
{
    private static readonly TimeSpan SyncEvery = TimeSpan.FromSeconds(1);

    private readonly FileStream file;
    private readonly ITimer timer;
    private readonly Lock gate = new();
    private bool dirty;
    private Exception? failure;

    private EventLogWriter(FileStream file, string path, Guid id, TimeProvider clock)
    {
        (this.file, Path, Id) = (file, path, id);
        timer = clock.CreateTimer(_ => Sync(), null, SyncEvery, SyncEvery);
    }

    public string Path { get; }

    public Guid Id { get; }

    /// <summary>Records so far.</summary>
    public long Count { get; private set; }

    /// <summary>Bytes so far; whoever reads the log meanwhile stops there.</summary>
    public long Length { get; private set; }

    /// <summary>Begins a log. A file of that name gives way, and is kept: this machine may not know of it, and it may hold what no store has.</summary>
    /// <param name="pending">Where that one is noted, so that it is shipped.</param>
    /// <exception cref="UserErrorException">It cannot be made.</exception>
    public static EventLogWriter Create(string folder, string runId, long basis, TimeProvider clock, PendingLogs? pending = null)
    {
        var path = System.IO.Path.Combine(folder, EventLog.FileName);
        try
        {
            Directory.CreateDirectory(folder);
            if (File.Exists(path)) MoveAside(path, pending);
            // Locked for as long as this process lives: that is how others see that the log is still written.
            var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
            var id = Guid.NewGuid();
            var heading = EventLog.Heading(runId, id, basis);
            file.Write(heading);
            file.Flush(flushToDisk: true);
            Durable.Directory(folder);
            return new EventLogWriter(file, path, id, clock) { Length = heading.Length };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"the run's log {path} cannot be made: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    private static void MoveAside(string path, PendingLogs? pending)
    {
        var number = Guid.NewGuid();
        var aside = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path)!, EventLog.AllFiles.Replace("*", $"-{number:N}", StringComparison.Ordinal));
        var id = EventLog.IdIn(path) ?? number;
        // Before, because we may be killed behind the move; and after, because who looks meanwhile drops a note of what is not there.
        pending?.Add(aside, id);
        File.Move(path, aside);
        pending?.Add(aside, id);
    }

    /// <exception cref="UserErrorException">The disk is full, or fails.</exception>
    public void Append(int attempt, RunEvent e, MetricChunk? chunk)
    {
        lock (gate)
        {
            if (failure is not null) throw Unwritable(failure);
            var start = Length;
            var frame = LogFrame.Write(Count + 1, new LogRecord(Count + 1, Guid.CreateVersion7(e.At), attempt, e, chunk).Encode());
            try
            {
                file.Write(frame);
                dirty = true;
                if (IsTurn(e)) Flush();
            }
            catch (IOException broken)
            {
                // Half a record would stand before the next one.
                file.SetLength(start);
                file.Position = start;
                throw Unwritable(broken);
            }
            // In this order: whoever ships counts first, and reads up to the length then.
            Length = start + frame.Length;
            Count++;
        }
    }

    public void Dispose()
    {
        timer.Dispose();
        lock (gate)
        {
            if (dirty && failure is null) Flush();
            file.Dispose();
        }
    }

    private static bool IsTurn(RunEvent e) => e is RunRegistered or RunStarted or RunResumed or CheckpointSaved or RunCompleted or RunFailed or RunCancelled;

    private void Sync()
    {
        lock (gate)
        {
            if (!dirty || failure is not null || !file.CanWrite) return;
            try
            {
                Flush();
            }
            catch (IOException e)
            {
                // On a timer's thread nobody hears it: the next append tells.
                failure = e;
            }
        }
    }

    private void Flush()
    {
        file.Flush(flushToDisk: true);
        dirty = false;
    }

    private UserErrorException Unwritable(Exception e) =>
        new($"{Path} cannot be written, and without it nothing is recorded: {e.Message.ReplaceLineEndings(" ")}; free some space on that disk", e);
}
