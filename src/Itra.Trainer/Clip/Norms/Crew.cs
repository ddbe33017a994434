using System.Runtime.ExceptionServices;

namespace Itra.Trainer.Clip.Norms;

/// <summary>
/// Does the parts of something at once, on this thread and those of the pool: what <see cref="Parallel"/> does, for some hundred bytes instead
/// of some thousand. This thread takes parts until there are none, so that a pool that is busy keeps nobody waiting.
/// </summary>
internal sealed class Crew(int parts, Action<int> act) : IThreadPoolWorkItem
{
    private int taken, done;
    private ExceptionDispatchInfo? failure;

    /// <summary>Returns when all parts are done.</summary>
    /// <exception cref="Exception">What one of them threw.</exception>
    public void Work()
    {
        for (var i = 1; i < parts; i++) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        TakeParts();
        lock (this)
            while (done < parts) Monitor.Wait(this);
        failure?.Throw();
    }

    void IThreadPoolWorkItem.Execute() => TakeParts();

    private void TakeParts()
    {
        for (var part = Interlocked.Increment(ref taken) - 1; part < parts; part = Interlocked.Increment(ref taken) - 1)
        {
            try
            {
                act(part);
            }
            catch (Exception e)
            {
                failure ??= ExceptionDispatchInfo.Capture(e);
            }
            lock (this)
                if (++done == parts) Monitor.PulseAll(this);
        }
    }
}
