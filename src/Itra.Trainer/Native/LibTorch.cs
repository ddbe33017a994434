using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Native;

/// <summary>
/// Functions of libtorch that TorchSharp does not wrap, called by their mangled C++ names. Only those whose arguments are plain numbers,
/// tensors (a handle is an at::Tensor*) or arrays of tensors can be called this way.
/// </summary>
/// <remarks>A C++ exception that crosses such a call ends the process: arguments are checked here, before.</remarks>
internal static unsafe partial class LibTorch
{
    private const string Library = "libtorch_cpu.so",
        FusedAdamWSymbol = "_ZN2at4_ops13_fused_adamw_4callEN3c108ArrayRefINS_6TensorEEES5_S5_S5_S5_S5_dddddbbRKSt8optionalIS4_ES9_";

    /// <summary>c10::ArrayRef&lt;at::Tensor&gt; of one tensor, or of none.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TensorList(nint first, nint count)
    {
        public readonly nint First = first;
        public readonly nint Count = count;

        public static TensorList Of(Tensor tensor) => new(tensor.Handle, 1);
    }

    public static FastPath FusedAdamWPath { get; } = FastPath.OfTorch("fused-adamw", "AdamW in one pass over memory", "AdamW operation by operation", FusedAdamWSymbol) with { ChangesDigits = true };

    /// <summary>Whether this libtorch can update parameters on such a device in one pass.</summary>
    public static bool HasFusedAdamW(DeviceType device) => device is DeviceType.CPU or DeviceType.CUDA && FusedAdamWPath.IsUsed;

    /// <summary>AdamW on whole buffers in one pass over memory, in place. All float32, one-dimensional, contiguous and of one length.</summary>
    /// <param name="step">float32 scalar: updates made, this one counted</param>
    public static void FusedAdamW(Tensor parameters, Tensor gradients, Tensor firstMoment, Tensor secondMoment, Tensor step,
        double learningRate, double beta1, double beta2, double weightDecay, double epsilon)
    {
        RequireFlat(parameters, gradients);
        RequireFlat(parameters, firstMoment);
        RequireFlat(parameters, secondMoment);
        nint* none = stackalloc nint[2];
        none[0] = none[1] = 0;                                          // an empty std::optional<Tensor>
        fused_adamw(TensorList.Of(parameters), TensorList.Of(gradients), TensorList.Of(firstMoment), TensorList.Of(secondMoment), default,
            TensorList.Of(step), learningRate, beta1, beta2, weightDecay, epsilon, 0, 0, none, none);
        GC.KeepAlive(parameters);
        GC.KeepAlive(gradients);
        GC.KeepAlive(firstMoment);
        GC.KeepAlive(secondMoment);
        GC.KeepAlive(step);
    }

    private static void RequireFlat(Tensor like, Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Float32 || tensor.dim() != 1 || !tensor.is_contiguous() || tensor.numel() != like.numel() || tensor.device_type != like.device_type)
            throw new ArgumentException($"a flat float32 buffer of {like.numel()} elements is needed, not {tensor}");
    }

    [DllImport(Library, EntryPoint = FusedAdamWSymbol)]
    private static extern void fused_adamw(TensorList p, TensorList g, TensorList m, TensorList v, TensorList vMax, TensorList steps,
        double lr, double beta1, double beta2, double weightDecay, double eps, byte amsgrad, byte maximize, nint* gradScale, nint* foundInf);
}
