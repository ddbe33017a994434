using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Itra.Trainer.Native;

/// <summary>Functions of the C library that .NET does not wrap. Each is looked up, and what it is for is left out where there is none.</summary>
internal static unsafe class LibC
{
    private const uint StartWriting = 2; // SYNC_FILE_RANGE_WRITE

    private static readonly nint setenv = Find("setenv"), mallopt = Find("mallopt"), syncFileRange = Find("sync_file_range");

    public static FastPath IdleThreadsPath { get; } = FastPath.OfC("idle-threads", "OpenMP threads that wait sleep", "they spin", nameof(setenv), setenv);

    public static FastPath KeptMemoryPath { get; } = FastPath.OfC(
        "kept-memory", "memory that a step frees is kept for the next", "it goes back to the system in between, and every page is cleared again", nameof(mallopt), mallopt);

    public static FastPath WriteBehindPath { get; } = FastPath.OfC(
        "write-behind", "the disk begins with a checkpoint while the rest is written", "everything is written when the file is synced", "sync_file_range", syncFileRange);

    /// <summary>
    /// Sets a variable for libraries, which do not see those that .NET sets. What the user has set stays.
    /// </summary>
    /// <returns>Whether the variable is set now.</returns>
    public static bool SetVariable(string name, string value)
    {
        if (setenv == 0) return Environment.GetEnvironmentVariable(name) is not null;
        fixed (byte* n = Encoding.UTF8.GetBytes(name + '\0'), v = Encoding.UTF8.GetBytes(value + '\0'))
            return ((delegate* unmanaged<byte*, byte*, int, int>)setenv)(n, v, 0) == 0;
    }

    /// <summary>A setting of the memory allocator. A C library without it keeps its ways.</summary>
    public static void SetAllocator(int parameter, int value) => _ = ((delegate* unmanaged<int, int, int>)mallopt)(parameter, value);

    /// <summary>
    /// Lets the disk begin with what has been written, while the rest is still on its way. Left to itself Linux waits for the file to be
    /// synced, and then everything waits for the disk. A hint, which loses nothing where a file system does not take it.
    /// </summary>
    public static void BeginWriting(SafeFileHandle file, long offset, long count)
    {
        if (!WriteBehindPath.IsUsed) return;
        var held = false;
        file.DangerousAddRef(ref held);
        try
        {
            _ = ((delegate* unmanaged<int, long, long, uint, int>)syncFileRange)((int)file.DangerousGetHandle(), offset, count, StartWriting);
        }
        finally
        {
            if (held) file.DangerousRelease();
        }
    }

    // Whatever C library it is, this process runs with it already.
    private static nint Find(string function) => NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), function, out var address) ? address : 0;
}
