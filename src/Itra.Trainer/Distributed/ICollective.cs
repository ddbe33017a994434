using static TorchSharp.torch;

namespace Itra.Trainer.Distributed;

/// <summary>
/// One rank's side of what the ranks of a training do together. A rank is a device; every rank calls the same operations in the same order,
/// each from the thread that drives its device. Afterwards all ranks hold the same bits.
/// </summary>
/// <remarks>Tensors are contiguous and on the rank's device. An operation whose other ranks have failed throws a <see cref="RankFailedException"/>.</remarks>
internal interface ICollective
{
    /// <summary>From 0.</summary>
    int Rank { get; }

    /// <summary>How many ranks there are.</summary>
    int WorldSize { get; }

    /// <summary>Starts adding up a vector over all ranks, in its place. Until the sum has been waited for, the vector is nobody's to touch.</summary>
    /// <param name="vector">(N) float32, of one length everywhere</param>
    IPendingSum Sum(Tensor vector);

    /// <summary>Puts the ranks' rows below each other, in the order of the ranks.</summary>
    /// <param name="rows">(n, ...), of one shape and type everywhere</param>
    /// <returns>(n x WorldSize, ...), in the scope that is open; may be <paramref name="rows"/> itself</returns>
    Tensor Gather(Tensor rows);

    /// <summary>Overwrites a tensor with rank 0's.</summary>
    void Broadcast(Tensor tensor);

    /// <summary>To be called when a rank has waited for its device: what it has read is worth nothing if another rank has failed.</summary>
    void ThrowIfFailed();

    /// <summary>Tells the others that this rank cannot go on, so that none waits for it.</summary>
    void Abandon(Exception reason);
}

/// <summary>A sum that is being made.</summary>
internal interface IPendingSum
{
    /// <summary>Returns when the sum is there, or, on a device with a queue of its own, when what is queued next will find it there.</summary>
    void Wait();
}
