using static TorchSharp.torch;

namespace Itra.Trainer.Distributed;

/// <summary>
/// Between the nodes of a training: what <see cref="ICollective"/> is between devices. One thread at a time calls it, on every node in the
/// same order. Tensors are contiguous and on the host.
/// </summary>
internal interface INodeLink : IDisposable
{
    /// <summary>From 0.</summary>
    int Node { get; }

    int Nodes { get; }

    /// <summary>Adds up a vector over all nodes, in its place, in the order of the nodes: the bits are the same everywhere.</summary>
    void Sum(Tensor vector);

    /// <summary>Fills <paramref name="all"/> with the nodes' rows, in the order of the nodes.</summary>
    void Gather(Tensor rows, Tensor all);

    /// <summary>Overwrites a tensor with node 0's.</summary>
    void Broadcast(Tensor tensor);

    /// <summary>Why there is no going on, as soon as that is known; null as long as all are well.</summary>
    RankFailedException? Failure => null;

    /// <summary>Set while all nodes are at the same update, where one that keeps the others waiting for very long can only hang.</summary>
    bool IsInStep { set { } }

    /// <summary>Tells the other nodes why this one stops.</summary>
    void Abandon(string reason);
}
