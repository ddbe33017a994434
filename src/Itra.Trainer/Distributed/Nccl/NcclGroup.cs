using System.Runtime.InteropServices;
using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Distributed.Nccl;

/// <summary>
/// Ranks whose tensors are on GPUs, one thread each. They exchange through NCCL in a stream of their own, beside torch's: a sum travels while
/// backward goes on. Ranks of other processes join by an id that the link hands round once.
/// </summary>
internal sealed class NcclGroup : IDisposable
{
    private static readonly TimeSpan WatchEvery = TimeSpan.FromMilliseconds(250);

    private readonly NcclLibrary nccl;
    private readonly CudaDriver cuda;
    private readonly INodeLink? link;
    private readonly NcclId id;
    private readonly Member[] members;
    private readonly Lock gate = new();
    private readonly ManualResetEventSlim isOver = new();
    private readonly Thread watch;
    private readonly object meeting = new();
    private volatile RankFailedException? failure;
    private int present;
    private bool areAllHere;

    /// <param name="devices">Of this process, in the order of its ranks.</param>
    /// <param name="link">To other processes with as many; null if there are none.</param>
    public NcclGroup(NcclLibrary nccl, CudaDriver cuda, IReadOnlyList<Device> devices, INodeLink? link = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(devices.Count);
        (this.nccl, this.cuda, this.link) = (nccl, cuda, link);
        id = link is null ? nccl.NewId() : Agree(link, link.Node == 0 ? nccl.NewId() : default);
        members = [.. devices.Select((device, i) => new Member(this, i, Math.Max(0, device.index)))];
        watch = new Thread(Watch) { Name = "itra-nccl-watch", IsBackground = true };
        watch.Start();
    }

    /// <summary>This process's ranks.</summary>
    public IReadOnlyList<ICollective> Ranks => members;

    public void Dispose()
    {
        isOver.Set();
        watch.Join();
        foreach (var member in members) member.Leave();
        link?.Dispose();
        isOver.Dispose();
    }

    private static NcclId Agree(INodeLink link, NcclId mine)
    {
        using var bytes = tensor(MemoryMarshal.AsBytes(new ReadOnlySpan<NcclId>(in mine)).ToArray(), device: CPU);
        link.Broadcast(bytes);
        return MemoryMarshal.Read<NcclId>(bytes.data<byte>().ToArray());
    }

    /// <summary>A rank that is gone elsewhere shows in the state of its partners only: without asking, they would wait for ever.</summary>
    private void Watch()
    {
        while (!isOver.Wait(WatchEvery))
            if (failure is null && link?.Failure is { } elsewhere) Fail(elsewhere);
            else if (failure is null && members.Select(m => m.Failure).FirstOrDefault(f => f is not null) is { } reason) Fail(new RankFailedException($"the GPUs cannot exchange what they have: {reason}"));
    }

    /// <summary>
    /// Returns when all ranks of all processes are here. NCCL's own way of joining waits for all, too, but nothing ends it: who has failed on
    /// the way to its first exchange would keep the others for as long as NCCL likes.
    /// </summary>
    private void AwaitAll()
    {
        bool isLast;
        lock (meeting) isLast = ++present == members.Length;
        if (isLast)
        {
            AwaitOtherProcesses();
            lock (meeting)
            {
                areAllHere = true;
                Monitor.PulseAll(meeting);
            }
        }
        lock (meeting)
            while (!areAllHere && failure is null) Monitor.Wait(meeting, WatchEvery);
        ThrowIfFailed();
    }

    // The link fails when a process does.
    private void AwaitOtherProcesses()
    {
        if (link is null) return;
        try
        {
            using Tensor mine = zeros(1, ScalarType.Int64, CPU), all = zeros(link.Nodes, ScalarType.Int64, CPU);
            link.Gather(mine, all);
        }
        catch (Exception e)
        {
            Fail(e as RankFailedException ?? new RankFailedException($"the processes cannot find each other: {e.Message}", e));
        }
    }

    private void Fail(RankFailedException e)
    {
        lock (gate) failure ??= e;
        foreach (var member in members) member.Leave();
    }

    private void ThrowIfFailed()
    {
        if (failure is { } failed) throw new RankFailedException(failed.Message, failed);
    }

    private sealed class Member(NcclGroup group, int index, int device) : ICollective
    {
        private readonly Lock gate = new();
        private nint comm, stream;

        public int Rank => (group.link?.Node ?? 0) * group.members.Length + index;

        public int WorldSize => group.members.Length * (group.link?.Nodes ?? 1);

        public string? Failure
        {
            get { lock (gate) return comm == 0 ? null : group.nccl.FailureOf(comm); }
        }

        public IPendingSum Sum(Tensor vector) => Queue(() => group.nccl.Sum(TensorMemory.DevicePointer(vector), vector.numel(), comm, stream));

        public Tensor Gather(Tensor rows)
        {
            var shape = rows.shape;
            shape[0] *= WorldSize;
            var all = empty(shape, rows.dtype, rows.device);
            Queue(() => group.nccl.Gather(TensorMemory.DevicePointer(rows), TensorMemory.DevicePointer(all), TensorMemory.ByteCount(rows), comm, stream)).Wait();
            return all;
        }

        public void Broadcast(Tensor tensor) => Queue(() => group.nccl.Broadcast(TensorMemory.DevicePointer(tensor), TensorMemory.ByteCount(tensor), comm, stream)).Wait();

        public void ThrowIfFailed() => group.ThrowIfFailed();

        public void Abandon(Exception reason)
        {
            if (reason is RankFailedException) return;
            group.link?.Abandon(reason.Message);
            group.Fail(new RankFailedException($"device {Rank} cannot go on: {reason.Message}", reason));
        }

        /// <summary>Aborted, not destroyed: that would be one more thing for all ranks to do together.</summary>
        public void Leave()
        {
            nint left;
            lock (gate) (left, comm) = (comm, 0);
            if (left != 0) group.nccl.Abort(left);
        }

        /// <summary>Starts after what torch has queued so far.</summary>
        private Pending Queue(Action operation)
        {
            group.ThrowIfFailed();
            try
            {
                Join();
                group.cuda.Wait(stream, group.cuda.Mark(0));
                operation();
                return new Pending(group, group.cuda.Mark(stream));
            }
            catch (InvalidOperationException e)
            {
                // When the group has failed, all that is under way in it does.
                group.ThrowIfFailed();
                throw new RankFailedException($"device {Rank} cannot exchange what it has: {e.Message}", e);
            }
        }

        // On the thread of the device, which is what current devices belong to.
        private void Join()
        {
            if (stream != 0) return;
            group.AwaitAll();
            group.cuda.Use(device);
            stream = group.cuda.NewStream();
            var joined = group.nccl.Join(WorldSize, group.id, Rank);
            lock (gate) comm = joined;
            if (group.failure is not null) Leave();
        }
    }

    private sealed class Pending(NcclGroup group, nint mark) : IPendingSum
    {
        public void Wait()
        {
            group.cuda.Wait(0, mark);
            group.ThrowIfFailed();
        }
    }
}
