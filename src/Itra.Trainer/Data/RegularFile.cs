using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Itra.Trainer.Data;

/// <summary>
/// Tells files from what else may stand in a data set under a picture's name, or behind a link: whoever opens a pipe waits for a writer, and
/// a device such as /dev/zero never ends.
/// </summary>
internal static class RegularFile
{
    private const int WorkingDirectory = -100; // AT_FDCWD
    private const uint Type = 1; // STATX_TYPE
    private const int TooManyLinks = 40; // ELOOP
    private const int StatxBytes = 256, ModeOffset = 28;
    private const int TypeMask = 0xF000, Regular = 0x8000; // S_IFMT, S_IFREG

    /// <summary>Why a path, with all links followed, leads to something that is no file; null if it is one, or nothing is there.</summary>
    public static string? Objection(string path)
    {
        var found = new byte[StatxBytes];
        if (statx(WorkingDirectory, Encoding.UTF8.GetBytes(path + '\0'), 0, Type, found) != 0)
            return Marshal.GetLastPInvokeError() == TooManyLinks ? "its symbolic links lead in a circle" : null;
        return (BinaryPrimitives.ReadUInt16LittleEndian(found.AsSpan(ModeOffset)) & TypeMask) == Regular ? null : "it is no file, but a folder, a pipe or a device";
    }

#pragma warning disable SYSLIB1054, CA5392 // Blittable but for two arrays; libc is where the loader says.
    [DllImport("libc", SetLastError = true)]
    private static extern int statx(int folder, byte[] path, int flags, uint mask, byte[] found);
#pragma warning restore SYSLIB1054, CA5392
}
