using System.Runtime.InteropServices;

namespace Itra.Fuzz.Tests;

/// <summary>What the calling thread has computed so far. However busy the machine is, an input takes as long as it takes.</summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3;

    public static TimeSpan Elapsed => GetTime(ThreadCpuTime, out var time) == 0
        ? TimeSpan.FromTicks(time.Seconds * TimeSpan.TicksPerSecond + time.Nanoseconds / TimeSpan.NanosecondsPerTick)
        : throw new InvalidOperationException($"clock_gettime failed with {Marshal.GetLastPInvokeError()}");

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int GetTime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Time
    {
        public readonly long Seconds, Nanoseconds;
    }
}
