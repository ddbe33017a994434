using Itra.Domain;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Devices;

/// <summary>Which devices <c>--device</c> and <c>--nproc_per_node</c> mean here.</summary>
public static class DeviceChoice
{
    public const string Auto = "auto", Cpu = "cpu", Cuda = "cuda";

    /// <summary>Whether it is to be GPUs.</summary>
    /// <exception cref="UserErrorException">They are asked for, and something is missing.</exception>
    public static bool IsCuda(string asked, CudaState cuda) => asked switch
    {
        Cpu => false,
        Auto => cuda.IsAvailable,
        _ => cuda.Missing is { } missing ? throw new UserErrorException($"--device cuda: {missing}") : true,
    };

    /// <summary>One device for each of this process's replicas; on a CPU all of them share it.</summary>
    /// <param name="count">Replicas of this process.</param>
    /// <param name="first">Number of its first GPU: a launcher may have given the others to its other processes.</param>
    /// <param name="accumulation">Batches per update, for the advice.</param>
    /// <exception cref="UserErrorException">There are not so many GPUs.</exception>
    public static IReadOnlyList<Device> Choose(string asked, int count, int first, int accumulation, CudaState cuda)
    {
        if (!IsCuda(asked, cuda)) return [.. Enumerable.Repeat(CPU, count)];
        var here = cuda.Names.Count;
        if (first + count <= here) return [.. Enumerable.Range(first, count).Select(i => new Device(DeviceType.CUDA, i))];
        if (first > 0) throw new UserErrorException($"GPUs {first} to {first + count - 1} are asked for and there are {here}: start at most {here} devices on this machine");
        throw new UserErrorException($"--nproc_per_node {count}: there {(here == 1 ? "is 1 GPU" : $"are {here} GPUs")} here; --nproc_per_node {here} --accum-freq {(accumulation * count + here - 1) / here} puts the same pairs in one loss");
    }
}
