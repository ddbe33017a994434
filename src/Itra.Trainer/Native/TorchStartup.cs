using System.Runtime.CompilerServices;

namespace Itra.Trainer.Native;

/// <summary>Settles once, before libtorch is loaded, what it and the C library decide at their start.</summary>
internal static class TorchStartup
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
    /// the work itself. .NET's own environment does not reach libgomp; what the user has set stays.
    /// </summary>
    private static void LetIdleThreadsSleep()
    {
        if (LibC.IdleThreadsPath.IsUsed) _ = LibC.SetVariable("OMP_WAIT_POLICY", "passive");
    }

    /// <summary>
    /// A step allocates what the step before it has freed. By default the large pieces go back to the kernel in between, and every page is
    /// cleared again: 22,000 page faults a step of RN50 at batch 8.
    /// </summary>
    private static void KeepFreedMemory()
    {
        if (!LibC.KeptMemoryPath.IsUsed) return;
        LibC.SetAllocator(MmapThreshold, 1 << 30);
        LibC.SetAllocator(TrimThreshold, int.MaxValue);
        LibC.SetAllocator(ArenaMax, 1);                                 // those of other threads are given back whatever the threshold
    }
}
