using System.Net.Sockets;
using System.Runtime.InteropServices;
using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Distributed;

/// <summary>
/// Processes that send each other their tensors directly, over TCP. Of a vector that is summed each process adds up a part, in the order of
/// the processes, and sends it to all: 2 (P-1)/P of the vector leaves every process, and the bits are the same everywhere.
/// </summary>
/// <remarks>Every operation begins with its number, kind and size, so that processes that are not at the same one are told instead of adding up what does not belong together.</remarks>
internal sealed unsafe class TcpNodeLink : INodeLink
{
    // Stays in the processor's cache while it is added up.
    private const int Piece = 256 << 10;

    private readonly IReadOnlyList<DataLine> lines;
    private readonly ProcessTeam team;
    private readonly byte* scratch = (byte*)NativeMemory.AlignedAlloc(2 * Piece, 64);
    private readonly Opening* openings;
    private readonly TimeSpan patience;
    private long operations;
    private volatile bool isInStep;
    private bool isDisposed;

    private enum Kind : long
    {
        Sum = 1,
        Gather = 2,
        Broadcast = 3,
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Opening(long Number, Kind Kind, long Bytes);

    /// <param name="lines">To every other process, in order.</param>
    /// <param name="team">Is told what breaks, and knows why.</param>
    public TcpNodeLink(WorldPlace place, IReadOnlyList<DataLine> lines, ProcessTeam team)
    {
        (Node, Nodes, this.lines, this.team, patience) = (place.Process, place.Processes, lines, team, place.StepPatience);
        openings = (Opening*)NativeMemory.AllocZeroed((nuint)sizeof(Opening));
    }

    public int Node { get; }

    public int Nodes { get; }

    public RankFailedException? Failure => team.Failure;

    public bool IsInStep { set => isInStep = value; }

    public void Sum(Tensor vector)
    {
        var start = TensorMemory.Pointer(vector);
        var size = vector.ElementSize;
        var add = Addition.Of(vector.dtype);
        var count = vector.numel();
        long Bound(int process) => count * process / Nodes * size;
        Together(Kind.Sum, TensorMemory.ByteCount(vector), () =>
        {
            foreach (var line in lines) line.Send(start + Bound(line.Process), Bound(line.Process + 1) - Bound(line.Process));
        }, () =>
        {
            for (long at = Bound(Node), end = Bound(Node + 1); at < end; at += Piece)
            {
                var bytes = Math.Min(Piece, end - at);
                AddUp(start + at, bytes, add);
                foreach (var line in lines) line.Send(start + at, bytes);
            }
            foreach (var line in lines) Receive(line, start + Bound(line.Process), Bound(line.Process + 1) - Bound(line.Process));
        });
        GC.KeepAlive(vector);
    }

    public void Gather(Tensor rows, Tensor all)
    {
        var mine = TensorMemory.Pointer(rows);
        var start = TensorMemory.Pointer(all);
        var bytes = TensorMemory.ByteCount(rows);
        if (TensorMemory.ByteCount(all) != bytes * Nodes) throw new ArgumentException($"{Nodes} x {bytes} bytes do not fill {TensorMemory.ByteCount(all)}", nameof(all));
        Together(Kind.Gather, bytes, () =>
        {
            foreach (var line in lines) line.Send(mine, bytes);
        }, () =>
        {
            Buffer.MemoryCopy(mine, start + Node * bytes, bytes, bytes);
            foreach (var line in lines) Receive(line, start + line.Process * bytes, bytes);
        });
        GC.KeepAlive(rows);
        GC.KeepAlive(all);
    }

    public void Broadcast(Tensor tensor)
    {
        var start = TensorMemory.Pointer(tensor);
        var bytes = TensorMemory.ByteCount(tensor);
        Together(Kind.Broadcast, bytes, () =>
        {
            if (Node > 0) return;
            foreach (var line in lines) line.Send(start, bytes);
        }, () =>
        {
            if (Node > 0) Receive(lines[0], start, bytes);
        });
        GC.KeepAlive(tensor);
    }

    public void Abandon(string reason) => team.Abandon(reason);

    /// <summary>Ends what is under way.</summary>
    public void Break()
    {
        foreach (var line in lines) line.Break();
    }

    public void Dispose()
    {
        if (isDisposed) return;
        isDisposed = true;
        foreach (var line in lines) line.Dispose();
        NativeMemory.AlignedFree(scratch);
        NativeMemory.Free(openings);
    }

    /// <summary>One piece of this process's part: what the others have of it comes in their order, between which stands its own.</summary>
    private void AddUp(byte* own, long bytes, Addition add)
    {
        byte* sum = scratch, next = scratch + Piece;
        for (int process = 0, other = 0; process < Nodes; process++)
        {
            var into = process == 0 ? sum : next;
            var from = process == Node ? own : into;
            if (process != Node) Receive(lines[other++], into, bytes);
            if (process > 0) add.To(sum, from, bytes);
            else if (from != into) Buffer.MemoryCopy(from, into, bytes, bytes);
        }
        Buffer.MemoryCopy(sum, own, bytes, bytes);
    }

    private void Receive(DataLine from, byte* to, long bytes)
    {
        try
        {
            from.Receive(to, bytes);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.TimedOut && isInStep && team.Failure is null)
        {
            throw Stalled(from.Process);
        }
    }

    /// <summary>One operation of all processes.</summary>
    private void Together(Kind kind, long bytes, Action send, Action receive)
    {
        try
        {
            foreach (var line in lines) line.Patience = isInStep ? patience : TimeSpan.Zero;
            *openings = new Opening(operations++, kind, bytes);
            foreach (var line in lines) line.Send((byte*)openings, sizeof(Opening));
            send();
            Opening theirs;
            foreach (var line in lines)
            {
                Receive(line, (byte*)&theirs, sizeof(Opening));
                if (theirs != *openings) throw OutOfStep(line.Process, theirs);
            }
            receive();
            foreach (var line in lines) line.Flush();
        }
        catch (Exception e)
        {
            // The tensors may be gone when this returns: nobody must still be sending them.
            var why = e is IOException or SocketException or ObjectDisposedException ? team.Broken(e) : null;
            Break();
            foreach (var line in lines) line.WaitUntilIdle();
            if (why is not null) throw why;
            throw;
        }
    }

    /// <summary>Another process gives signs of life, and does not come.</summary>
    private RankFailedException Stalled(int process)
    {
        var reason = $"process {process} on {team.Invitation.Peers[process].Host} is alive, but has sent process {Node} nothing for {patience.TotalSeconds:f0} seconds in the middle of an update: it hangs, or needs a larger ITRA_STALL_SECONDS";
        team.Abandon(reason);
        return new RankFailedException(reason);
    }

    private RankFailedException OutOfStep(int process, Opening theirs)
    {
        var reason = $"process {process} is at operation {theirs.Number}, a {theirs.Kind} of {theirs.Bytes} bytes, where process {Node} is at {openings->Number}, a {openings->Kind} of {openings->Bytes}";
        team.Abandon(reason);
        return new RankFailedException(reason);
    }
}
