using Itra.Trainer.Clip;
using Itra.Trainer.Distributed;
using Itra.Trainer.Tests.Clip;
using static TorchSharp.torch;

namespace Itra.Trainer.Tests.Distributed;

/// <summary>A model of the fixtures, trained by several devices on the fixtures' rows.</summary>
internal sealed class ReferenceTeam : IDisposable
{
    private readonly ReferenceModel reference;
    private readonly List<ClipLearner> learners = [];
    private readonly DeviceTeam threads;
    private readonly Tensor images, tokens;

    /// <param name="groups">One after another come the rows that so many devices would have.</param>
    /// <param name="join">Makes the ranks; null for those of CPUs.</param>
    public ReferenceTeam(string folder, int devices, int rows, (string Key, string Value)[] settings, int groups = 1, Func<int, (IReadOnlyList<ICollective>, IDisposable)>? join = null)
    {
        reference = new ReferenceModel(folder, settings: s =>
        {
            foreach (var (key, value) in settings) s[key] = value;
            s["nproc_per_node"] = $"{devices}";
        });
        var (rowsOfImages, rowsOfTokens) = reference.Batch(0, rows);
        (images, tokens) = (Dealt(rowsOfImages, groups), Dealt(rowsOfTokens, groups));
        var (ranks, group) = join?.Invoke(devices) ?? Cpus(devices);
        ClipLearner New(ICollective rank, ModelTensors weights)
        {
            var learner = new ClipLearner(reference.Model, weights, reference.Config, totalSteps: 100, rank);
            learners.Add(learner);
            return learner;
        }
        threads = new DeviceTeam(ranks, group, 1);
        Team = new LearnerTeam(threads, New(ranks[0], reference.Weights), rank => New(rank, ModelTensors.Create(reference.Model.Plan, seed: 99 + rank.Rank)));
    }

    public LearnerTeam Team { get; }

    /// <summary>Of every device.</summary>
    public IReadOnlyList<string> Digests => [.. learners.Select(l => l.StateDigest())];

    /// <summary>One update; device d of k has every k-th row from d on.</summary>
    public StepResult Step(long step) => Team.Step(device => (Share(images, device), Share(tokens, device)), step);

    /// <summary>By parameter, as it is after the exchange and clipping.</summary>
    public Dictionary<string, Tensor> Gradients(int device = 0) =>
        learners[device].Parameters.Groups.SelectMany(g => g.Parameters).ToDictionary(p => p.Name, p => learners[device].Parameters.View(learners[device].Parameters.Gradient, p.Name).clone());

    public void Dispose()
    {
        Team.Dispose();
        threads.Dispose();
        reference.Dispose();
        images.Dispose();
        tokens.Dispose();
    }

    private static Tensor Dealt(Tensor rows, int groups) => rows.unflatten(0, [-1, groups]).transpose(0, 1).flatten(0, 1).contiguous();

    private static (IReadOnlyList<ICollective>, IDisposable) Cpus(int devices)
    {
        var group = new DeviceGroup(devices);
        return (group.Ranks, group);
    }

    private Tensor Share(Tensor rows, int device) => rows.unflatten(0, [-1, Team.Devices]).select(1, device).contiguous();
}
