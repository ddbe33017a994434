using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Itra.Trainer.Distributed;

/// <summary>The devices of this process, each a rank with a thread that drives it. The first is driven by the thread that owns the team.</summary>
internal sealed class DeviceTeam : IDisposable
{
    private readonly IDisposable? group;
    private readonly List<DeviceThread> others = [];

    /// <param name="ranks">This process's, in order.</param>
    /// <param name="group">What they belong to; disposed with the team.</param>
    /// <param name="on">Where each computes; null for the CPU.</param>
    /// <param name="threads">Threads that a tensor operation on one device may use.</param>
    /// <param name="link">To the other processes of the training; null if there are none.</param>
    public DeviceTeam(IReadOnlyList<ICollective> ranks, IDisposable? group, int threads, IReadOnlyList<Device>? on = null, INodeLink? link = null)
    {
        Link = link;
        (Ranks, this.group, On) = (ranks, group, on ?? [.. ranks.Select(_ => CPU)]);
        set_num_threads(threads);
        foreach (var rank in ranks.Skip(1)) others.Add(new DeviceThread($"itra-device-{rank.Rank}", threads));
    }

    /// <summary>One for each device of this process.</summary>
    public IReadOnlyList<ICollective> Ranks { get; }

    /// <summary>Where each of them computes.</summary>
    public IReadOnlyList<Device> On { get; }

    /// <summary>To the other processes of the training, for the thread that owns the team while no rank is at an operation; null if there are none.</summary>
    public INodeLink? Link { get; }

    /// <summary>Where a rank of this process computes.</summary>
    public Device DeviceOf(ICollective rank) => On[rank.Rank - Ranks[0].Rank];

    /// <summary>Devices of this process.</summary>
    public int Devices => Ranks.Count;

    /// <summary>Does something for every device of this process, on its thread, all at once.</summary>
    /// <param name="act">Given the device's number from 0.</param>
    /// <exception cref="Exception">What the device threw that failed first; by then all have stopped.</exception>
    public IReadOnlyList<T> OnAll<T>(Func<int, T> act)
    {
        T Act(int device)
        {
            try
            {
                return act(device);
            }
            // Who is asked to stop is so on all devices, and goes on with a checkpoint.
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Ranks[device].Abandon(e);
                throw;
            }
        }

        var started = others.Select((thread, i) => thread.Start(() => Act(i + 1))).ToList();
        List<T> results = [];
        List<Exception> failures = [];
        foreach (var result in started.Select<Task<T>, Func<T>>(task => task.GetAwaiter().GetResult).Prepend(() => Act(0)))
        {
            try
            {
                results.Add(result());
            }
            catch (Exception e)
            {
                failures.Add(e);
            }
        }
        // When one fails all do, most of them because of the one.
        if (failures.Count > 0) ExceptionDispatchInfo.Throw(failures.Find(e => e is not RankFailedException) ?? failures[0]);
        return results;
    }

    public void Dispose()
    {
        foreach (var thread in others) thread.Dispose();
        group?.Dispose();
    }
}
