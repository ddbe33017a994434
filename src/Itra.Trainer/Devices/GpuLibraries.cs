using System.Runtime.InteropServices;
using Itra.Trainer.Distributed.Nccl;
using Itra.Trainer.Native;

namespace Itra.Trainer.Devices;

/// <summary>The devices that a run computes on, and the versions of the libraries behind them: numbers depend on both.</summary>
public static unsafe class GpuLibraries
{
    // libtorch has loaded its own already; these names then mean those.
    private static readonly string[] Runtime = ["libcudart.so.13", "libcudart.so.12"], Cudnn = ["libcudnn.so.9", "libcudnn.so.8"];

    /// <summary>GPUs by name; null where a run does not use any.</summary>
    /// <param name="asked">What --device says.</param>
    public static string? Describe(string asked, CudaState cuda) =>
        asked == DeviceChoice.Cpu || !cuda.IsAvailable ? null : string.Join(", ", cuda.Names.CountBy(n => n).Select(n => n.Value == 1 ? n.Key : $"{n.Value} x {n.Key}"));

    /// <summary>By name; empty without GPUs that libtorch can use.</summary>
    public static IReadOnlyDictionary<string, string> Versions(CudaState cuda)
    {
        var versions = new Dictionary<string, string>();
        if (!cuda.IsAvailable) return versions;
        versions["CUDA driver"] = cuda.Driver!;
        int runtime;
        if (Find(Runtime, "cudaRuntimeGetVersion") is var runtimeVersion and not 0 && ((delegate* unmanaged<int*, int>)runtimeVersion)(&runtime) == 0) versions["CUDA"] = CudaState.Dotted(runtime);
        if (Find(Cudnn, "cudnnGetVersion") is var cudnnVersion and not 0) versions["cuDNN"] = $"{((delegate* unmanaged<nuint>)cudnnVersion)()}";
        if (NcclLibrary.TryFind() is { } nccl) versions["NCCL"] = nccl.Version;
        return versions;
    }

    /// <summary>NCCL's version and where it is; null if there is none.</summary>
    public static string? Nccl => NcclLibrary.TryFind() is { } nccl ? $"{nccl.Version} ({nccl.From})" : null;

    private static nint Find(string[] files, string function)
    {
        if (TorchLibraries.Cuda is { } libtorch && NativeLibrary.TryGetExport(libtorch, function, out var within)) return within;
        foreach (var file in files)
            if (NativeLibrary.TryLoad(file, out var library) && NativeLibrary.TryGetExport(library, function, out var address)) return address;
        return 0;
    }
}
