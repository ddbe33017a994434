using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Itra.Tracking.Artifacts;

/// <summary>After a rename, a file's name is on disk only once its folder is; .NET opens no folders.</summary>
internal static class Durable
{
    private const int ReadOnly = 0;

    public static void Directory(string path)
    {
        var handle = open(Encoding.UTF8.GetBytes(path + '\0'), ReadOnly);
        if (handle < 0) throw new Win32Exception(Marshal.GetLastPInvokeError(), $"cannot open {path}");
        try
        {
            if (fsync(handle) != 0) throw new Win32Exception(Marshal.GetLastPInvokeError(), $"cannot flush {path}");
        }
        finally
        {
            _ = close(handle);
        }
    }

#pragma warning disable SYSLIB1054, CA5392 // Blittable signatures: nothing to generate; libc is where the loader says.
    [DllImport("libc", SetLastError = true)]
    private static extern int open(byte[] path, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int fsync(int handle);

    [DllImport("libc")]
    private static extern int close(int handle);
#pragma warning restore SYSLIB1054, CA5392
}
