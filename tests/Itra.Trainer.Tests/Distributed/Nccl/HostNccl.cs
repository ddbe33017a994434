using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Itra.Trainer.Distributed.Nccl;

namespace Itra.Trainer.Tests.Distributed.Nccl;

/// <summary>
/// NCCL's C functions over host memory, reached by their addresses as those of the real library are: what the calls hand over, the id by value
/// among it, comes through the C calling convention. An operation returns when all ranks have brought theirs.
/// </summary>
internal static unsafe class HostNccl
{
    private const int Success = 0, Aborted = 3, WrongUse = 5;
    private const int Byte = 1, Float32 = 7;

    private static readonly nint Text = Marshal.StringToCoTaskMemUTF8("the group was aborted");
    private static readonly ConcurrentDictionary<Guid, World> Worlds = new();
    private static readonly ConcurrentDictionary<nint, (World World, int Rank)> Groups = new();
    private static long next;

    /// <summary>Ranks for which an asynchronous error is to be reported.</summary>
    public static ConcurrentDictionary<int, int> Failing { get; } = new();

    public static NcclLibrary Library => new(Address, "the test");

    private static nint Address(string name) => name switch
    {
        "ncclGetVersion" => (nint)(delegate* unmanaged<int*, int>)&GetVersion,
        "ncclGetUniqueId" => (nint)(delegate* unmanaged<NcclId*, int>)&GetUniqueId,
        "ncclCommInitRank" => (nint)(delegate* unmanaged<nint*, int, NcclId, int, int>)&CommInitRank,
        "ncclAllReduce" => (nint)(delegate* unmanaged<float*, float*, nuint, int, int, nint, nint, int>)&AllReduce,
        "ncclAllGather" => (nint)(delegate* unmanaged<byte*, byte*, nuint, int, nint, nint, int>)&AllGather,
        "ncclBroadcast" => (nint)(delegate* unmanaged<byte*, byte*, nuint, int, int, nint, nint, int>)&Broadcast,
        "ncclCommAbort" => (nint)(delegate* unmanaged<nint, int>)&CommAbort,
        "ncclCommGetAsyncError" => (nint)(delegate* unmanaged<nint, int*, int>)&GetAsyncError,
        "ncclGetErrorString" => (nint)(delegate* unmanaged<int, nint>)&GetErrorString,
        _ => throw new EntryPointNotFoundException(name),
    };

    [UnmanagedCallersOnly]
    private static int GetVersion(int* version)
    {
        *version = 22705;
        return Success;
    }

    [UnmanagedCallersOnly]
    private static int GetUniqueId(NcclId* id)
    {
        // At both ends: all of it has to arrive.
        var unique = Guid.NewGuid();
        MemoryMarshal.Write(new Span<byte>(id->Bytes, NcclId.Size), in unique);
        MemoryMarshal.Write(new Span<byte>(id->Bytes, NcclId.Size)[^sizeof(Guid)..], in unique);
        return Success;
    }

    [UnmanagedCallersOnly]
    private static int CommInitRank(nint* group, int ranks, NcclId id, int rank)
    {
        var bytes = new ReadOnlySpan<byte>(id.Bytes, NcclId.Size);
        var unique = MemoryMarshal.Read<Guid>(bytes);
        if (unique == default || unique != MemoryMarshal.Read<Guid>(bytes[^sizeof(Guid)..])) return WrongUse;
        var world = Worlds.GetOrAdd(unique, _ => new World(ranks));
        *group = (nint)Interlocked.Increment(ref next);
        Groups[*group] = (world, rank);
        return world.Meet(rank, 0, 0, _ => { });
    }

    [UnmanagedCallersOnly]
    private static int AllReduce(float* from, float* to, nuint count, int type, int operation, nint group, nint stream) => type != Float32 || operation != 0 || from != to || stream == 0 ? WrongUse
        : Meet(group, (nint)from, (nint)to, world =>
        {
            for (nuint i = 0; i < count; i++)
            {
                var sum = ((float*)world.From[0])[i];
                for (var rank = 1; rank < world.From.Length; rank++) sum += ((float*)world.From[rank])[i];
                foreach (var target in world.To) ((float*)target)[i] = sum;
            }
        });

    [UnmanagedCallersOnly]
    private static int AllGather(byte* from, byte* to, nuint count, int type, nint group, nint stream) => type != Byte || stream == 0 ? WrongUse
        : Meet(group, (nint)from, (nint)to, world =>
        {
            foreach (var target in world.To)
                for (var rank = 0; rank < world.From.Length; rank++) Buffer.MemoryCopy((void*)world.From[rank], (byte*)target + (nuint)rank * count, count, count);
        });

    [UnmanagedCallersOnly]
    private static int Broadcast(byte* from, byte* to, nuint count, int type, int root, nint group, nint stream) => type != Byte || root != 0 || stream == 0 ? WrongUse
        : Meet(group, (nint)from, (nint)to, world =>
        {
            foreach (var target in world.To.Skip(1)) Buffer.MemoryCopy((void*)world.From[0], (void*)target, count, count);
        });

    [UnmanagedCallersOnly]
    private static int CommAbort(nint group)
    {
        if (Groups.TryRemove(group, out var member)) member.World.Abort();
        return Success;
    }

    [UnmanagedCallersOnly]
    private static int GetAsyncError(nint group, int* state)
    {
        *state = Groups.TryGetValue(group, out var member) && Failing.TryGetValue(member.Rank, out var error) ? error : Success;
        return Success;
    }

    [UnmanagedCallersOnly]
    private static nint GetErrorString(int result) => Text;

    private static int Meet(nint group, nint from, nint to, Action<World> act) => Groups.TryGetValue(group, out var member) ? member.World.Meet(member.Rank, from, to, act) : Aborted;

    private sealed class World(int ranks)
    {
        private int present, round;
        private bool isAborted;

        public nint[] From { get; } = new nint[ranks];

        public nint[] To { get; } = new nint[ranks];

        public int Meet(int rank, nint from, nint to, Action<World> act)
        {
            lock (this)
            {
                if (isAborted) return Aborted;
                (From[rank], To[rank]) = (from, to);
                var mine = round;
                if (++present == ranks)
                {
                    act(this);
                    (present, round) = (0, round + 1);
                    Monitor.PulseAll(this);
                }
                while (round == mine && !isAborted) Monitor.Wait(this);
                return round == mine ? Aborted : Success;
            }
        }

        public void Abort()
        {
            lock (this)
            {
                isAborted = true;
                Monitor.PulseAll(this);
            }
        }
    }
}
