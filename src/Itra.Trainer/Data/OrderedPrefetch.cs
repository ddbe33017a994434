namespace Itra.Trainer.Data;

/// <summary>
/// Makes item 0, 1, 2, ... on several threads ahead of the one that takes them, and gives them out in order. At most
/// <c>2 x workers</c> items wait.
/// </summary>
internal static class OrderedPrefetch
{
    /// <param name="first">Index of the first item.</param>
    /// <param name="end">One past the last index.</param>
    /// <param name="workers">Threads; 0 makes each item when it is asked for, on the thread that asks.</param>
    /// <param name="openWorker">Called once per thread: gives the function that makes item i, and is disposed with the thread.</param>
    /// <param name="cancellation">Ends the sequence with an <see cref="OperationCanceledException"/>.</param>
    /// <remarks>An exception of a worker is thrown where its item would have been. Threads end when the sequence is left, however it is left.</remarks>
    public static IEnumerable<T> Run<T>(int first, int end, int workers, Func<IWorker<T>> openWorker, CancellationToken cancellation)
        where T : IDisposable
    {
        ArgumentOutOfRangeException.ThrowIfNegative(workers);
        return workers == 0 || end - first <= 0 ? OnThisThread(first, end, openWorker, cancellation) : OnThreads(first, end, workers, openWorker, cancellation);
    }

    private static IEnumerable<T> OnThisThread<T>(int first, int end, Func<IWorker<T>> openWorker, CancellationToken cancellation)
    {
        using var worker = openWorker();
        for (int i = first; i < end; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return worker.Make(i, cancellation);
        }
    }

    private static IEnumerable<T> OnThreads<T>(int first, int end, int workers, Func<IWorker<T>> openWorker, CancellationToken cancellation)
        where T : IDisposable
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var room = new SemaphoreSlim(2 * workers);
        TaskCompletionSource<T>?[] made = [.. Enumerable.Range(first, end - first).Select(_ => new TaskCompletionSource<T>())];
        int next = -1;

        void Work()
        {
            int mine = -1;
            try
            {
                using var worker = openWorker();
                while (true)
                {
                    room.Wait(stop.Token);
                    mine = Interlocked.Increment(ref next);
                    if (mine >= made.Length) return;
                    made[mine]!.SetResult(worker.Make(first + mine, stop.Token));
                    mine = -1;
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The consumer left.
            }
            catch (Exception e)
            {
                // Without an item of its own the failure belongs to the item that comes next.
                if (mine < 0) mine = Interlocked.Increment(ref next);
                if (mine < made.Length) made[mine]!.TrySetException(e);
            }
        }

        Thread[] threads = [.. Enumerable.Range(0, Math.Min(workers, made.Length)).Select(i => new Thread(Work) { Name = $"itra-data-{i}", IsBackground = true })];
        foreach (var thread in threads) thread.Start();
        try
        {
            for (int i = 0; i < made.Length; i++)
            {
                var item = made[i]!.Task.WaitAsync(cancellation).GetAwaiter().GetResult();
                made[i] = null;
                room.Release();
                yield return item;
            }
        }
        finally
        {
            stop.Cancel();
            foreach (var thread in threads) thread.Join();
            foreach (var waiting in made)
            {
                if (waiting is { Task.IsCompletedSuccessfully: true }) waiting.Task.Result.Dispose();
            }
        }
    }
}

/// <summary>What one thread makes items with.</summary>
internal interface IWorker<out T> : IDisposable
{
    /// <summary>Makes one item; looks at <paramref name="cancellation"/> now and then, if that takes long.</summary>
    T Make(int index, CancellationToken cancellation);
}
