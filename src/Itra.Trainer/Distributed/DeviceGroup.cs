using System.Collections.Concurrent;
using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Distributed;

/// <summary>
/// The ranks of one process whose tensors are in host memory, one thread each, and by way of a link those of other processes. What they bring
/// is put together by a thread of its own, so that the ranks can go on while their gradients are added up.
/// </summary>
/// <remarks>Everything is added in the order of the ranks: neither the speed of the threads nor their number shows in the bits.</remarks>
internal sealed class DeviceGroup : IDisposable
{
    private readonly INodeLink? link;
    private readonly Lock gate = new();
    private readonly Member[] members;
    private readonly Dictionary<long, Meeting> gathering = [];
    private readonly BlockingCollection<Meeting> complete = [];
    private readonly Thread worker;
    private RankFailedException? failure;

    /// <param name="devices">Ranks of this process.</param>
    /// <param name="link">To other processes with as many; null if there are none.</param>
    /// <param name="threads">Threads that putting together may use.</param>
    public DeviceGroup(int devices, INodeLink? link = null, int threads = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(devices);
        this.link = link;
        members = [.. Enumerable.Range(0, devices).Select(i => new Member(this, i))];
        worker = new Thread(() => HoldAll(threads)) { Name = "itra-collectives", IsBackground = true };
        worker.Start();
    }

    /// <summary>This process's ranks.</summary>
    public IReadOnlyList<ICollective> Ranks => members;

    public void Dispose()
    {
        complete.CompleteAdding();
        worker.Join();
        complete.Dispose();
        link?.Dispose();
    }

    /// <summary>One after another, as the other nodes do.</summary>
    private void HoldAll(int threads)
    {
        set_num_threads(threads);
        using var noGrad = no_grad();
        foreach (var meeting in complete.GetConsumingEnumerable())
        {
            try
            {
                using var scope = NewDisposeScope();
                if (failure is null) meeting.Act(meeting);
            }
            catch (Exception e)
            {
                Fail(e as RankFailedException ?? new RankFailedException($"the devices cannot exchange what they have: {e.Message}", e));
            }
            meeting.End();
        }
    }

    private void Fail(RankFailedException e)
    {
        lock (gate)
        {
            failure ??= e;
            foreach (var meeting in gathering.Values) meeting.End();
            gathering.Clear();
        }
    }

    private void ThrowIfFailed()
    {
        if (failure is { } failed) throw new RankFailedException(failed.Message, failed);
    }

    private void SumUp(Meeting meeting)
    {
        var sum = meeting.Brought[0];
        foreach (var other in meeting.Brought.Skip(1)) sum.Add(other);
        link?.Sum(sum);
        foreach (var other in meeting.Brought.Skip(1)) other.copy_(sum);
    }

    private void PutTogether(Meeting meeting)
    {
        var all = meeting.Wanted[0]!;
        if (link is not null) link.Gather(cat(meeting.Brought), all);
        else
        {
            var rows = meeting.Brought[0].size(0);
            foreach (var (i, part) in meeting.Brought.Index()) all.narrow(0, i * rows, rows).copy_(part);
        }
        foreach (var other in meeting.Wanted.Skip(1)) other!.copy_(all);
    }

    private void Spread(Meeting meeting)
    {
        link?.Broadcast(meeting.Brought[0]);
        foreach (var other in meeting.Brought.Skip(1)) other.copy_(meeting.Brought[0]);
    }

    /// <summary>One operation: every rank of the process brings a tensor, and may want another filled.</summary>
    private sealed class Meeting(DeviceGroup group, Action<Meeting> act) : IPendingSum
    {
        public Action<Meeting> Act => act;

        /// <summary>The meeting's own: a rank that fails lets go of what it has brought while others are still at it.</summary>
        public Tensor[] Brought { get; } = new Tensor[group.members.Length];

        public Tensor?[] Wanted { get; } = new Tensor?[group.members.Length];

        public int Present { get; set; }

        private ManualResetEventSlim IsOver { get; } = new();

        public void End()
        {
            foreach (var tensor in Brought) tensor?.Dispose();
            IsOver.Set();
        }

        public void Wait()
        {
            IsOver.Wait();
            group.ThrowIfFailed();
        }
    }

    private sealed class Member(DeviceGroup group, int index) : ICollective
    {
        private long next;

        public int Rank => (group.link?.Node ?? 0) * group.members.Length + index;

        public int WorldSize => group.members.Length * (group.link?.Nodes ?? 1);

        public IPendingSum Sum(Tensor vector) => Attend(group.SumUp, vector);

        public Tensor Gather(Tensor rows)
        {
            var shape = rows.shape;
            shape[0] *= WorldSize;
            var all = empty(shape, rows.dtype, rows.device);
            Attend(group.PutTogether, rows, all).Wait();
            return all;
        }

        public void Broadcast(Tensor tensor) => Attend(group.Spread, tensor).Wait();

        public void ThrowIfFailed() => group.ThrowIfFailed();

        public void Abandon(Exception reason)
        {
            if (reason is RankFailedException) return;
            group.link?.Abandon(reason.Message);
            group.Fail(new RankFailedException($"device {Rank} cannot go on: {reason.Message}", reason));
        }

        /// <summary>The n-th operation that a rank asks for meets the n-th of every other.</summary>
        private Meeting Attend(Action<Meeting> act, Tensor brought, Tensor? wanted = null)
        {
            lock (group.gate)
            {
                group.ThrowIfFailed();
                if (!group.gathering.TryGetValue(next, out var meeting)) group.gathering.Add(next, meeting = new Meeting(group, act));
                (meeting.Brought[index], meeting.Wanted[index]) = (brought.alias().DetachFromDisposeScope(), wanted);
                if (++meeting.Present == group.members.Length)
                {
                    group.gathering.Remove(next);
                    group.complete.Add(meeting);
                }
                next++;
                return meeting;
            }
        }
    }
}
