using static TorchSharp.torch;

namespace Itra.Trainer.Distributed;

/// <summary>The only rank there is.</summary>
internal sealed class Alone : ICollective, IPendingSum
{
    public static Alone Instance { get; } = new();

    public int Rank => 0;

    public int WorldSize => 1;

    public IPendingSum Sum(Tensor vector) => this;

    public Tensor Gather(Tensor rows) => rows;

    public void Broadcast(Tensor tensor)
    {
    }

    public void ThrowIfFailed()
    {
    }

    public void Abandon(Exception reason)
    {
    }

    public void Wait()
    {
    }
}
