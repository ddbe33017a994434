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
    private long operations;
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
        (Node, Nodes, this.lines, this.team) = (place.Process, place.Processes, lines, team);
        openings = (Opening*)NativeMemory.AllocZeroed((nuint)sizeof(Opening));
    }

    public int Node { get; }

    public int Nodes { get; }

    public RankFailedException? Failure => team.Failure;

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
            foreach (var line in lines) line.Receive(start + Bound(line.Process), Bound(line.Process + 1) - Bound(line.Process));
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
            foreach (var line in lines) line.Receive(start + line.Process * bytes, bytes);
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
            if (Node > 0) lines[0].Receive(start, bytes);
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
            if (process != Node) lines[other++].Receive(into, bytes);
            if (process > 0) add.To(sum, from, bytes);
            else if (from != into) Buffer.MemoryCopy(from, into, bytes, bytes);
        }
        Buffer.MemoryCopy(sum, own, bytes, bytes);
    }

    /// <summary>One operation of all processes.</summary>
    private void Together(Kind kind, long bytes, Action send, Action receive)
    {
        try
        {
            *openings = new Opening(operations++, kind, bytes);
            foreach (var line in lines) line.Send((byte*)openings, sizeof(Opening));
            send();
            Opening theirs;
            foreach (var line in lines)
            {
                line.Receive((byte*)&theirs, sizeof(Opening));
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

    private RankFailedException OutOfStep(int process, Opening theirs)
    {
        var reason = $"process {process} is at operation {theirs.Number}, a {theirs.Kind} of {theirs.Bytes} bytes, where process {Node} is at {openings->Number}, a {openings->Kind} of {openings->Bytes}";
        team.Abandon(reason);
        return new RankFailedException(reason);
    }
}
