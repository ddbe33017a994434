using System.Collections.Concurrent;
using System.Net.Sockets;

namespace Itra.Trainer.Distributed;

/// <summary>
/// The connection to one other process on which tensors travel. What is sent is sent on a thread of its own, straight from where it lies, so
/// that two processes that send each other a lot at once do not wait for each other.
/// </summary>
internal sealed unsafe class DataLine : IDisposable
{
    private const int Piece = 4 << 20;
    private readonly Socket socket;
    private readonly BlockingCollection<(nint From, long Bytes)> outgoing = [];
    private readonly Thread sender;
    private readonly Lock gate = new();
    private readonly ManualResetEventSlim isIdle = new(true);
    private int pending;
    private Exception? failure;

    public DataLine(int process, Socket socket)
    {
        (Process, this.socket) = (process, socket);
        sender = new Thread(SendAll) { Name = $"itra-to-{process}", IsBackground = true };
        sender.Start();
    }

    /// <summary>Who is at the other end.</summary>
    public int Process { get; }

    /// <summary>Sends from memory that stays as it is until <see cref="Flush"/> returns.</summary>
    public void Send(byte* from, long bytes)
    {
        if (bytes == 0) return;
        lock (gate)
        {
            pending++;
            isIdle.Reset();
        }
        outgoing.Add(((nint)from, bytes));
    }

    /// <summary>How long nothing may come where something is awaited; zero for any time.</summary>
    public TimeSpan Patience { set => socket.ReceiveTimeout = (int)Math.Min(int.MaxValue, value.TotalMilliseconds); }

    /// <exception cref="SocketException">The connection is broken, or nothing has come for longer than the patience lasts.</exception>
    public void Receive(byte* to, long bytes)
    {
        while (bytes > 0)
        {
            var got = socket.Receive(new Span<byte>(to, (int)Math.Min(Piece, bytes)));
            if (got == 0) throw new SocketException((int)SocketError.ConnectionReset);
            to += got;
            bytes -= got;
        }
    }

    /// <summary>Returns when everything has been handed to the network.</summary>
    /// <exception cref="SocketException">The connection is broken.</exception>
    public void Flush()
    {
        WaitUntilIdle();
        if (failure is not null) throw new IOException(failure.Message, failure);
    }

    /// <summary>Returns when nothing is being sent, whether it has arrived or not.</summary>
    public void WaitUntilIdle() => isIdle.Wait();

    /// <summary>Ends whatever is under way, on this side and on the other.</summary>
    public void Break() => socket.Dispose();

    public void Dispose()
    {
        outgoing.CompleteAdding();
        Break();
        sender.Join();
        outgoing.Dispose();
    }

    private void SendAll()
    {
        foreach (var (from, bytes) in outgoing.GetConsumingEnumerable())
        {
            try
            {
                // Nothing is read any more once it is broken: the memory may be gone.
                for (long at = 0; failure is null && at < bytes;) at += socket.Send(new ReadOnlySpan<byte>((byte*)from + at, (int)Math.Min(Piece, bytes - at)));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                failure = e;
            }
            lock (gate)
                if (--pending == 0) isIdle.Set();
        }
    }
}
