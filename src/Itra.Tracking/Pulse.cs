namespace Itra.Tracking;

/// <summary>When a server was last heard of from which this process wants an answer: one that takes a request and stays silent fails only when a time limit has passed.</summary>
internal sealed class Pulse(TimeProvider clock)
{
    /// <summary>As long as this a busy server may take.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(5);

    private long heard;
    private int waiting;

    /// <summary>How long nothing was heard; zero while nothing is asked.</summary>
    public TimeSpan Silence => Volatile.Read(ref waiting) > 0 ? clock.GetElapsedTime(Volatile.Read(ref heard)) : TimeSpan.Zero;

    public void Beat() => Volatile.Write(ref heard, clock.GetTimestamp());

    public async Task<T> DuringAsync<T>(Func<Task<T>> ask)
    {
        Beat();
        Interlocked.Increment(ref waiting);
        try
        {
            return await ask();
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
            Beat();
        }
    }

    /// <summary>Something else within a question, for which the server is not to be blamed.</summary>
    public async Task ApartAsync(Func<Task> other)
    {
        Interlocked.Decrement(ref waiting);
        try
        {
            await other();
        }
        finally
        {
            Beat();
            Interlocked.Increment(ref waiting);
        }
    }
}
