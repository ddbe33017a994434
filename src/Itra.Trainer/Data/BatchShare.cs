namespace Itra.Trainer.Data;

/// <summary>
/// What some neighbouring devices have of a batch. Of W devices each has every W-th pair, as PyTorch's DistributedSampler deals them out; so
/// that of the rows of k neighbours, which are made together in the batch's order, each has every k-th.
/// </summary>
internal sealed record BatchShare
{
    private readonly int first, devices, all;

    /// <param name="first">The first device, from 0.</param>
    /// <param name="devices">How many they are.</param>
    /// <param name="all">How many there are in all.</param>
    public BatchShare(int first, int devices, int all)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(devices);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + devices, all);
        (this.first, this.devices, this.all) = (first, devices, all);
    }

    /// <summary>Rows of a batch that are theirs.</summary>
    public int Rows(int batchSize) => batchSize / all * devices;

    /// <summary>Where in the batch one of their rows stands.</summary>
    public int PlaceOf(int row) => row / devices * all + first + row % devices;
}
