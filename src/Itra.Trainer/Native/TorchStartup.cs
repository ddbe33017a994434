using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Itra.Trainer.Native;

/// <summary>Settles once, before libtorch is loaded, what it and the C library decide at their start.</summary>
internal static unsafe partial class TorchStartup
{
    private const int TrimThreshold = -1, MmapThreshold = -3, ArenaMax = -8; // glibc's malloc.h

#pragma warning disable CA2255 // Both have to be set before anything loads libtorch, whoever comes first.
    [ModuleInitializer]
    internal static void Prepare()
#pragma warning restore CA2255
    {
        LetIdleThreadsSleep();
        KeepFreedMemory();
        TorchLibraries.LoadWhenNeeded();
    }

    /// <summary>
    /// Waiting OpenMP threads sleep instead of spinning: on a machine that does anything else beside, spinning barriers cost several times
    /// the work itself. .NET's own environment does not reach libgomp, hence the C function; what the user has set stays.
    /// </summary>
    private static void LetIdleThreadsSleep() => _ = setenv("OMP_WAIT_POLICY", "passive", overwrite: 0);

    /// <summary>
    /// A step allocates what the step before it has freed. By default the large pieces go back to the kernel in between, and every page is
    /// cleared again: 22,000 page faults a step of RN50 at batch 8. A C library without this setting keeps its ways.
    /// </summary>
    private static void KeepFreedMemory()
    {
        if (!NativeLibrary.TryLoad("libc.so.6", out var library) || !NativeLibrary.TryGetExport(library, "mallopt", out var address)) return;
        var mallopt = (delegate* unmanaged<int, int, int>)address;
        _ = mallopt(MmapThreshold, 1 << 30);
        _ = mallopt(TrimThreshold, int.MaxValue);
        _ = mallopt(ArenaMax, 1);                                       // those of other threads are given back whatever the threshold
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
