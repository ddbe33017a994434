using System.Runtime.InteropServices;
using Itra.Domain;
using Itra.Trainer.Native;
using static TorchSharp.torch;

namespace Itra.Trainer.Devices;

/// <summary>How GPUs compute, for the whole process: settings of at::Context, most of which TorchSharp does not wrap.</summary>
public static partial class GpuArithmetic
{
    public const string Convolutions = "conv", All = "all", None = "none";

    private const string Library = "libtorch_cpu.so", Context = "_ZN2at13globalContextEv", Deterministic = "_ZN2at7Context26setDeterministicAlgorithmsEbb",
        IsSetDeterministic = "_ZNK2at7Context23deterministicAlgorithmsEv", DeterministicCudnn = "_ZN2at7Context21setDeterministicCuDNNEb", BenchmarkCudnn = "_ZN2at7Context17setBenchmarkCuDNNEb";

    internal static FastPath Path { get; } = FastPath.OfTorch("gpu-context", "cuDNN tries its algorithms once, and --deterministic is possible on GPUs",
        "cuDNN guesses, and --deterministic on a GPU is refused", Context, Deterministic, IsSetDeterministic, DeterministicCudnn, BenchmarkCudnn);

    /// <param name="tf32">What is multiplied in TF32, which is faster and keeps 10 bits: <c>conv</c> (PyTorch's default), <c>all</c> or <c>none</c>.</param>
    /// <param name="deterministic">Only algorithms that repeat to the bit; operations without one throw.</param>
    /// <exception cref="UserErrorException">It is to be deterministic, and that cannot be had.</exception>
    /// <remarks>Before the first GPU operation: cuBLAS reads its workspace's size from the environment once.</remarks>
    public static void Set(string tf32, bool deterministic)
    {
        if (deterministic && (!Path.IsUsed || !LibC.SetVariable("CUBLAS_WORKSPACE_CONFIG", ":4096:8")))
            throw new UserErrorException($"--deterministic: GPUs cannot be told so here ({Path.Missing ?? "the C library has no setenv"}): leave it out, or set CUBLAS_WORKSPACE_CONFIG=:4096:8");
        backends.cuda.matmul.allow_tf32 = tf32 == All;
        backends.cudnn.allow_tf32 = tf32 != None;
        if (!Path.IsUsed) return;
        var context = globalContext();
        setDeterministicAlgorithms(context, deterministic ? (byte)1 : (byte)0, warnOnly: 0);
        setDeterministicCuDNN(context, deterministic ? (byte)1 : (byte)0);
        // Images are all of one size: it pays to try the algorithms once. Which one wins is a matter of time, not of the numbers.
        setBenchmarkCuDNN(context, deterministic ? (byte)0 : (byte)1);
    }

    internal static bool IsDeterministic => deterministicAlgorithms(globalContext()) != 0;

    [LibraryImport(Library, EntryPoint = Context)]
    private static partial nint globalContext();

    [LibraryImport(Library, EntryPoint = Deterministic)]
    private static partial void setDeterministicAlgorithms(nint context, byte on, byte warnOnly);

    [LibraryImport(Library, EntryPoint = IsSetDeterministic)]
    private static partial byte deterministicAlgorithms(nint context);

    [LibraryImport(Library, EntryPoint = DeterministicCudnn)]
    private static partial void setDeterministicCuDNN(nint context, byte on);

    [LibraryImport(Library, EntryPoint = BenchmarkCudnn)]
    private static partial void setBenchmarkCuDNN(nint context, byte on);
}
