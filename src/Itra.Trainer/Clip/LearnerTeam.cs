using System.Runtime.ExceptionServices;
using Itra.Trainer.Distributed;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>
/// The devices of this process, each with a learner of its own and a thread that drives it. The first is driven by the thread that owns the
/// team, which alone writes checkpoints and records; the others do what it does.
/// </summary>
internal sealed class LearnerTeam : IDisposable
{
    private readonly IReadOnlyList<ICollective> ranks;
    private readonly IDisposable? group;
    private readonly List<DeviceThread> others = [];
    private readonly List<ClipLearner> learners;

    /// <param name="ranks">This process's, in order.</param>
    /// <param name="group">What they belong to; disposed with the team.</param>
    /// <param name="threads">Threads that a tensor operation on one device may use.</param>
    /// <param name="first">The learner of the first rank, in the state to start from. Rank 0's state becomes that of all.</param>
    /// <param name="newReplica">Makes the learner of another rank, in any state.</param>
    public LearnerTeam(IReadOnlyList<ICollective> ranks, IDisposable? group, int threads, ClipLearner first, Func<ICollective, ClipLearner> newReplica)
    {
        (this.ranks, this.group) = (ranks, group);
        set_num_threads(threads);
        foreach (var rank in ranks.Skip(1)) others.Add(new DeviceThread($"itra-device-{rank.Rank}", threads));
        learners = [first, .. ranks.Skip(1).Select(newReplica)];
        if (ranks[0].WorldSize == 1) return;
        OnAll(device =>
        {
            learners[device].TakeFromFirst();
            return true;
        });
    }

    /// <summary>The one on the first device.</summary>
    public ClipLearner First => learners[0];

    /// <summary>Devices of this process.</summary>
    public int Devices => learners.Count;

    /// <summary>One update of all devices.</summary>
    /// <param name="inputs">Makes the images and texts for a device of this process, by its number from 0; called on its thread.</param>
    /// <param name="step">Position in the schedule, from 0.</param>
    /// <returns>The first device's; loss, norm and learning rate are the same on all.</returns>
    /// <exception cref="Exception">What the device threw that failed first.</exception>
    public StepResult Step(Func<int, (Tensor Images, Tensor Texts)> inputs, long step) => OnAll(device =>
    {
        using var scope = NewDisposeScope();
        var (images, texts) = inputs(device);
        return learners[device].Step(images, texts, step);
    })[0];

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
            catch (Exception e)
            {
                ranks[device].Abandon(e);
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
        foreach (var learner in learners.Skip(1))
        {
            learner.Weights.Dispose();
            learner.Dispose();
        }
        First.Dispose();
        group?.Dispose();
    }
}
