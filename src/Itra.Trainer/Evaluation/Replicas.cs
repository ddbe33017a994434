using Itra.Trainer.Clip;
using Itra.Trainer.Data;
using Itra.Trainer.Distributed;

namespace Itra.Trainer.Evaluation;

/// <summary>Weights that are to be evaluated, to the bit the same on every device of this process, and of others that evaluate along.</summary>
internal sealed class Replicas : IDisposable
{
    private readonly IReadOnlyList<ModelTensors> each;
    private readonly DeviceTeam? devices;
    private readonly bool areCopies;

    private Replicas(IReadOnlyList<ModelTensors> each, DeviceTeam? devices, bool areCopies) => (this.each, this.devices, this.areCopies) = (each, devices, areCopies);

    /// <summary>On one device, which the thread that asks drives.</summary>
    public static Replicas One(ModelTensors weights) => new([weights], null, areCopies: false);

    /// <param name="each">By device; they stay the caller's.</param>
    public static Replicas Of(IReadOnlyList<ModelTensors> each, DeviceTeam devices) =>
        each.Count == devices.Devices ? new(each, devices, areCopies: false) : throw new ArgumentException($"{each.Count} replicas for {devices.Devices} devices", nameof(each));

    /// <summary>Copies the weights, which stay the caller's, to all devices but the first; the copies are disposed with the replicas.</summary>
    public static Replicas Copy(ModelTensors weights, DeviceTeam devices) =>
        new([weights, .. devices.On.Skip(1).Select(weights.Clone)], devices, areCopies: true);

    /// <summary>Those of the first device.</summary>
    public ModelTensors First => each[0];

    /// <summary>To the processes that evaluate along; null if there are none.</summary>
    public INodeLink? Link => devices?.Link;

    /// <summary>What this process does of a sequence.</summary>
    public Shard Shard => Link is { } link ? new Shard(link.Node, link.Nodes) : Shard.All;

    /// <summary>Whether this process makes scores of the features, which all have: one is enough.</summary>
    public bool AreScoredHere => Shard.Index == 0;

    /// <summary>Does something with the weights of each device on its thread, on all at once.</summary>
    /// <exception cref="Exception">What the device threw that failed first.</exception>
    public IReadOnlyList<T> OnEach<T>(Func<ModelTensors, T> act) => devices is null ? [act(First)] : devices.OnAll(device => act(each[device]));

    public void Dispose()
    {
        if (!areCopies) return;
        foreach (var copy in each.Skip(1)) copy.Dispose();
    }
}
