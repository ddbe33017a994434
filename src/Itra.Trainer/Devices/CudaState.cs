using System.Runtime.InteropServices;
using System.Text;
using Itra.Trainer.Native;

namespace Itra.Trainer.Devices;

/// <summary>What this machine has to offer for <c>--device cuda</c>.</summary>
/// <param name="InLibTorch">Whether the libtorch in use has a CUDA part.</param>
/// <param name="Driver">The newest CUDA that the driver knows, such as 12.8; null without a driver.</param>
/// <param name="Names">Of the GPUs that are visible, in the driver's order.</param>
/// <param name="IsAvailable">Whether libtorch can use them.</param>
public sealed partial record CudaState(bool InLibTorch, string? Driver, IReadOnlyList<string> Names, bool IsAvailable)
{
    private const string Library = "libcuda.so.1";
    private const int NameLength = 256;
    private static readonly string[] Functions = [nameof(cuInit), nameof(cuDriverGetVersion), nameof(cuDeviceGetCount), nameof(cuDeviceGet), nameof(cuDeviceGetName)];

    public static CudaState None { get; } = new(false, null, [], false);

    /// <summary>Asks the driver, and libtorch if that has anything to say about it.</summary>
    public static CudaState Look()
    {
        var (driver, names) = AskDriver();
        var inLibTorch = TorchLibraries.Folder.HasCuda;
        return new CudaState(inLibTorch, driver, names, inLibTorch && names.Count > 0 && TorchSharp.torch.cuda.is_available());
    }

    /// <summary>Why there is no training on a GPU, and what to do; null if nothing is missing.</summary>
    public string? Missing =>
        IsAvailable ? null
        : !InLibTorch ? $"the libtorch in use ({TorchLibraries.Folder.Path}) is for CPUs alone: build Itra with -p:Torch=cuda, or set {TorchLibraries.Variable} to the torch/lib folder of a PyTorch with CUDA"
        : Driver is null ? $"there is no NVIDIA driver ({Library}): install it, or train with --device cpu"
        : Names.Count == 0 ? "no GPU is visible: compare nvidia-smi and CUDA_VISIBLE_DEVICES, or train with --device cpu"
        : $"libtorch cannot use the GPU: its CUDA may be newer than the driver's, which is {Driver}; update the driver, or train with --device cpu";

    /// <summary>CUDA's number of a version, such as 12080, as it is written.</summary>
    internal static string Dotted(int version) => $"{version / 1000}.{version % 1000 / 10}";

    private static (string? Driver, IReadOnlyList<string> Names) AskDriver()
    {
        if (!NativeLibrary.TryLoad(Library, out var driverLibrary) || Array.Exists(Functions, f => !NativeLibrary.TryGetExport(driverLibrary, f, out _)) || cuInit(0) is not 0 and not NoDevice || cuDriverGetVersion(out var version) != 0) return (null, []);
        var driver = Dotted(version);
        return cuDeviceGetCount(out var count) != 0 ? (driver, []) : (driver, [.. Enumerable.Range(0, count).Select(Name)]);
    }

    private static string Name(int number)
    {
        var text = new byte[NameLength];
        return cuDeviceGet(out var device, number) == 0 && cuDeviceGetName(text, NameLength, device) == 0 ? Encoding.UTF8.GetString(text).TrimEnd('\0') : $"GPU {number}";
    }

    private const int NoDevice = 100;

    [LibraryImport(Library)]
    private static partial int cuInit(uint flags);

    [LibraryImport(Library)]
    private static partial int cuDriverGetVersion(out int version);

    [LibraryImport(Library)]
    private static partial int cuDeviceGetCount(out int count);

    [LibraryImport(Library)]
    private static partial int cuDeviceGet(out int device, int number);

    [LibraryImport(Library)]
    private static partial int cuDeviceGetName(byte[] name, int length, int device);
}
