using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Itra.Trainer.Native;

/// <summary>Settles what libtorch's threads read from the environment once, when it is loaded.</summary>
internal static partial class TorchStartup
{
    /// <summary>
    /// Waiting OpenMP threads sleep instead of spinning: on a machine that does anything else beside, spinning barriers cost several times
    /// the work itself. .NET's own environment does not reach libgomp, hence the C function; what the user has set stays.
    /// </summary>
#pragma warning disable CA2255 // The variable has to be set before anything loads libtorch, whoever comes first.
    [ModuleInitializer]
    internal static void LetIdleThreadsSleep() => _ = setenv("OMP_WAIT_POLICY", "passive", overwrite: 0);
#pragma warning restore CA2255

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
