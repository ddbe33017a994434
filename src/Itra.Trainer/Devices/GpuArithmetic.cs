using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Itra.Trainer.Devices;

/// <summary>How GPUs compute, for the whole process: settings of at::Context, most of which TorchSharp does not wrap.</summary>
public static partial class GpuArithmetic
{
    public const string Convolutions = "conv", All = "all", None = "none";

    private const string Library = "libtorch_cpu.so";

    /// <param name="tf32">What is multiplied in TF32, which is faster and keeps 10 bits: <c>conv</c> (PyTorch's default), <c>all</c> or <c>none</c>.</param>
    /// <param name="deterministic">Only algorithms that repeat to the bit; operations without one throw.</param>
    /// <remarks>Before the first GPU operation: cuBLAS reads its workspace's size from the environment once.</remarks>
    public static void Set(string tf32, bool deterministic)
    {
        if (deterministic) _ = setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", overwrite: 0);
        backends.cuda.matmul.allow_tf32 = tf32 == All;
        backends.cudnn.allow_tf32 = tf32 != None;
        var context = globalContext();
        setDeterministicAlgorithms(context, deterministic ? (byte)1 : (byte)0, warnOnly: 0);
        setDeterministicCuDNN(context, deterministic ? (byte)1 : (byte)0);
        // Images are all of one size: it pays to try the algorithms once. Which one wins is a matter of time, not of the numbers.
        setBenchmarkCuDNN(context, deterministic ? (byte)0 : (byte)1);
    }

    internal static bool IsDeterministic => deterministicAlgorithms(globalContext()) != 0;

    [LibraryImport(Library, EntryPoint = "_ZN2at13globalContextEv")]
    private static partial nint globalContext();

    [LibraryImport(Library, EntryPoint = "_ZN2at7Context26setDeterministicAlgorithmsEbb")]
    private static partial void setDeterministicAlgorithms(nint context, byte on, byte warnOnly);

    [LibraryImport(Library, EntryPoint = "_ZNK2at7Context23deterministicAlgorithmsEv")]
    private static partial byte deterministicAlgorithms(nint context);

    [LibraryImport(Library, EntryPoint = "_ZN2at7Context21setDeterministicCuDNNEb")]
    private static partial void setDeterministicCuDNN(nint context, byte on);

    [LibraryImport(Library, EntryPoint = "_ZN2at7Context17setBenchmarkCuDNNEb")]
    private static partial void setBenchmarkCuDNN(nint context, byte on);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
