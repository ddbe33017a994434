using Itra.Trainer.Distributed.Nccl;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Distributed;

/// <summary>How the devices of a training come to know each other.</summary>
internal static class Ranks
{
    /// <param name="devices">Of this process, all of one kind.</param>
    /// <param name="link">To the other processes; null if there are none.</param>
    /// <returns>This process's ranks, and what they belong to: it is to be disposed after them.</returns>
    public static (IReadOnlyList<ICollective> Ranks, IDisposable? Group) Join(IReadOnlyList<Device> devices, INodeLink? link = null)
    {
        if (devices.Count == 1 && link is null) return ([Alone.Instance], null);
        if (devices[0].type == DeviceType.CUDA)
        {
            var gpus = new NcclGroup(NcclLibrary.Find(), CudaDriver.Find(), devices, link);
            return (gpus.Ranks, gpus);
        }
        var group = new DeviceGroup(devices.Count, link);
        return (group.Ranks, group);
    }
}
