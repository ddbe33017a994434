using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Itra.Trainer.Native;

/// <summary>
/// Runs the operations within its lifetime in a shorter type where that is sound, as torch.autocast does; belongs to the thread that opened it.
/// Backward is run outside: autograd remembers the types. TorchSharp lacks it, libtorch exports it.
/// </summary>
internal readonly partial struct Autocast : IDisposable
{
    private const string Library = "libtorch_cpu.so",
        SetEnabled = "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb",
        SetType = "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE",
        TypeOf = "_ZN2at8autocast18get_autocast_dtypeEN3c1010DeviceTypeE",
        IsEnabled = "_ZN2at8autocast19is_autocast_enabledEN3c1010DeviceTypeE",
        Increment = "_ZN2at8autocast17increment_nestingEv",
        Decrement = "_ZN2at8autocast17decrement_nestingEv",
        Clear = "_ZN2at8autocast11clear_cacheEv";

    // What a thread is within where libtorch's own cannot be had, or is not wanted.
    [ThreadStatic]
    private static (DeviceType Device, ScalarType Type)? byHand;

    // Those whose kernels Itra uses.
    private static readonly DeviceType[] Devices = [DeviceType.CPU, DeviceType.CUDA];

    private readonly DeviceType? device;
    private readonly bool isByHand;

    private Autocast(DeviceType device, ScalarType type, bool isByHand)
    {
        (this.device, this.isByHand) = (device, isByHand);
        if (isByHand)
        {
            byHand = (device, type);
            return;
        }
        set_autocast_dtype((sbyte)device, (sbyte)type);
        set_autocast_enabled((sbyte)device, 1);
        _ = increment_nesting();
    }

    public static FastPath Path { get; } = FastPath.OfTorch("autocast", "--precision amp and amp_bf16 by libtorch's autocast", "convolutions and products are given shortened copies of what they take, made anew each time",
        SetEnabled, SetType, TypeOf, IsEnabled, Increment, Decrement, Clear) with { ChangesDigits = true };

    public static Autocast Off => default;

    /// <summary>What this thread is within; null if nothing.</summary>
    public static (DeviceType Device, ScalarType Type)? Current => byHand is not null || !Path.IsUsed ? byHand :
        Devices.Where(d => is_autocast_enabled((sbyte)d) != 0).Select(d => ((DeviceType, ScalarType)?)(d, (ScalarType)get_autocast_dtype((sbyte)d))).FirstOrDefault();

    public static bool IsOn => Current is not null;

    /// <param name="device">Whose operations.</param>
    /// <param name="type">The shorter type: bfloat16, or float16 with a scaled loss.</param>
    public static Autocast On(DeviceType device, ScalarType type) => new(device, type, !Path.IsUsed);

    /// <summary>The same without libtorch's help: what is computed within has to ask for <see cref="Shorten"/>ed tensors.</summary>
    public static Autocast ByHand(DeviceType device, ScalarType type) => new(device, type, isByHand: true);

    /// <summary>What an operation takes that is sound in the shorter type: the tensor itself, unless it is shortened by hand.</summary>
    public static Tensor Shorten(Tensor tensor) => byHand is { Type: var type } && tensor.dtype == ScalarType.Float32 ? tensor.to(type) : tensor;

    /// <summary>Goes on with what <see cref="Current"/> was.</summary>
    public static Autocast As((DeviceType Device, ScalarType Type)? before) => before is { } on ? On(on.Device, on.Type) : Off;

    public void Dispose()
    {
        if (device is not { } opened) return;
        if (isByHand)
        {
            byHand = null;
            return;
        }
        // The cache holds the weights in the shorter type; the next step has other weights.
        if (decrement_nesting() == 0) clear_cache();
        set_autocast_enabled((sbyte)opened, 0);
    }

    [LibraryImport(Library, EntryPoint = SetEnabled)]
    private static partial void set_autocast_enabled(sbyte device, byte on);

    [LibraryImport(Library, EntryPoint = SetType)]
    private static partial void set_autocast_dtype(sbyte device, sbyte type);

    [LibraryImport(Library, EntryPoint = TypeOf)]
    private static partial sbyte get_autocast_dtype(sbyte device);

    [LibraryImport(Library, EntryPoint = IsEnabled)]
    private static partial byte is_autocast_enabled(sbyte device);

    [LibraryImport(Library, EntryPoint = Increment)]
    private static partial int increment_nesting();

    [LibraryImport(Library, EntryPoint = Decrement)]
    private static partial int decrement_nesting();

    [LibraryImport(Library, EntryPoint = Clear)]
    private static partial void clear_cache();
}
