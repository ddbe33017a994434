using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Itra.Trainer.Native;

/// <summary>
/// Lets the disk begin with what has been written, while the rest is still on its way. Left to itself Linux waits for the file to be synced,
/// and then everything waits for the disk.
/// </summary>
internal static partial class WriteBehind
{
    private const uint StartWriting = 2; // SYNC_FILE_RANGE_WRITE

    /// <summary>A hint, which loses nothing where a file system does not take it.</summary>
    public static void Start(SafeFileHandle file, long offset, long count) => _ = sync_file_range(file, offset, count, StartWriting);

    [LibraryImport("libc")]
    private static partial int sync_file_range(SafeFileHandle file, long offset, long count, uint flags);
}
