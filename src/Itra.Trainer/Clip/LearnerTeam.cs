using Itra.Trainer.Distributed;
using Itra.Trainer.Evaluation;
using static TorchSharp.torch;

namespace Itra.Trainer.Clip;

/// <summary>
/// A learner for each device of this process. The first is driven by the thread that owns the team, which alone writes checkpoints and
/// records; the others do what it does.
/// </summary>
internal sealed class LearnerTeam : IDisposable
{
    private readonly DeviceTeam devices;
    private readonly List<ClipLearner> learners;

    /// <param name="first">The learner of the first rank, in the state to start from. Rank 0's state becomes that of all.</param>
    /// <param name="newReplica">Makes the learner of another rank, in any state.</param>
    public LearnerTeam(DeviceTeam devices, ClipLearner first, Func<ICollective, ClipLearner> newReplica)
    {
        this.devices = devices;
        learners = [first, .. devices.Ranks.Skip(1).Select(newReplica)];
        if (devices.Ranks[0].WorldSize == 1) return;
        devices.OnAll(device =>
        {
            learners[device].TakeFromFirst();
            return true;
        });
    }

    /// <summary>The learners of a run.</summary>
    /// <param name="restore">Puts the first one where it is to start.</param>
    public static LearnerTeam Of(ClipPlan plan, DeviceTeam devices, ModelTensors weights, FrozenTowers frozen, Action<ClipLearner>? restore = null)
    {
        var config = plan.Config;
        ClipLearner LearnerOf(ICollective rank, ModelTensors own) =>
            new(plan.Model, own, config, (long)plan.Loader!.ScheduledBatches * config.Epochs, rank) { ImagesAreFeatures = frozen.Image, TextsAreFeatures = frozen.Text };
        var first = LearnerOf(devices.Ranks[0], weights);
        restore?.Invoke(first);
        return new LearnerTeam(devices, first, rank => LearnerOf(rank, weights.Clone(devices.DeviceOf(rank))));
    }

    /// <summary>The one on the first device.</summary>
    public ClipLearner First => learners[0];

    /// <summary>One for each device of this process.</summary>
    public IReadOnlyList<ClipLearner> Learners => learners;

    /// <summary>What evaluations see, on every device: the averaged weights if there are any. They are alike to the bit, here and in other processes.</summary>
    public Replicas Evaluated => Replicas.Of([.. learners.Select(l => l.Average?.Tensors ?? l.Weights)], devices);

    /// <summary>Devices of this process.</summary>
    public int Devices => learners.Count;

    /// <summary>One update of all devices.</summary>
    /// <param name="inputs">Makes the images and texts for a device of this process, by its number from 0; called on its thread.</param>
    /// <param name="step">Position in the schedule, from 0.</param>
    /// <returns>The first device's; loss, norm and learning rate are the same on all.</returns>
    /// <exception cref="Exception">What the device threw that failed first.</exception>
    public StepResult Step(Func<int, (Tensor Images, Tensor Texts)> inputs, long step)
    {
        if (devices.Link is { } link) link.IsInStep = true;
        var results = devices.OnAll(device =>
        {
            using var scope = NewDisposeScope();
            var (images, texts) = inputs(device);
            return learners[device].Step(images, texts, step);
        });
        if (devices.Link is { } other) other.IsInStep = false;
        return results[0];
    }

    public void Dispose()
    {
        foreach (var learner in learners.Skip(1))
        {
            learner.Weights.Dispose();
            learner.Dispose();
        }
        First.Dispose();
    }
}
