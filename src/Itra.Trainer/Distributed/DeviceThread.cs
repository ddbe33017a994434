using System.Collections.Concurrent;
using static TorchSharp.torch;

namespace Itra.Trainer.Distributed;

/// <summary>The thread that drives one device: torch's scopes, its gradient mode and its number of threads belong to a thread.</summary>
internal sealed class DeviceThread : IDisposable
{
    private readonly BlockingCollection<Action> work = [];
    private readonly Thread thread;

    /// <param name="threads">Threads that a tensor operation started here may use.</param>
    public DeviceThread(string name, int threads)
    {
        thread = new Thread(() =>
        {
            set_num_threads(threads);
            foreach (var action in work.GetConsumingEnumerable()) action();
        })
        { Name = name, IsBackground = true };
        thread.Start();
    }

    /// <summary>Does something there, after what was started before.</summary>
    public Task<T> Start<T>(Func<T> function)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        work.Add(() =>
        {
            try
            {
                done.SetResult(function());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task;
    }

    public void Dispose()
    {
        work.CompleteAdding();
        thread.Join();
        work.Dispose();
    }
}
