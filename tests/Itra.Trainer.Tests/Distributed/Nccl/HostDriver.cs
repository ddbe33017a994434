using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Itra.Trainer.Distributed.Nccl;

namespace Itra.Trainer.Tests.Distributed.Nccl;

/// <summary>The driver's C functions for a machine on which everything is done at once; it checks that contexts, streams and marks are there when they are used.</summary>
internal static unsafe class HostDriver
{
    private const int Success = 0, InvalidValue = 1;
    private static readonly ConcurrentDictionary<nint, bool> Streams = new(), Marks = new();
    private static long next = 100;

    [ThreadStatic]
    private static nint context;

    public static CudaDriver Driver => new(Address);

    /// <summary>Marks that nobody has waited for.</summary>
    public static int MarksLeft => Marks.Count;

    private static nint Address(string name) => name switch
    {
        "cuInit" => (nint)(delegate* unmanaged<uint, int>)&Init,
        "cuDeviceGet" => (nint)(delegate* unmanaged<int*, int, int>)&DeviceGet,
        "cuDevicePrimaryCtxRetain" => (nint)(delegate* unmanaged<nint*, int, int>)&Retain,
        "cuCtxSetCurrent" => (nint)(delegate* unmanaged<nint, int>)&SetCurrent,
        "cuStreamCreate" or "cuEventCreate" => name == "cuStreamCreate" ? (nint)(delegate* unmanaged<nint*, uint, int>)&NewStream : (nint)(delegate* unmanaged<nint*, uint, int>)&NewMark,
        "cuStreamDestroy_v2" => (nint)(delegate* unmanaged<nint, int>)&DestroyStream,
        "cuStreamWaitEvent" => (nint)(delegate* unmanaged<nint, nint, uint, int>)&Wait,
        "cuEventDestroy_v2" => (nint)(delegate* unmanaged<nint, int>)&DestroyMark,
        "cuEventRecord" => (nint)(delegate* unmanaged<nint, nint, int>)&Record,
        _ => throw new EntryPointNotFoundException(name),
    };

    [UnmanagedCallersOnly]
    private static int Init(uint flags) => Success;

    [UnmanagedCallersOnly]
    private static int DeviceGet(int* device, int number)
    {
        *device = number;
        return Success;
    }

    [UnmanagedCallersOnly]
    private static int Retain(nint* found, int device)
    {
        *found = device + 1;
        return Success;
    }

    [UnmanagedCallersOnly]
    private static int SetCurrent(nint made)
    {
        context = made;
        return Success;
    }

    [UnmanagedCallersOnly]
    private static int NewStream(nint* stream, uint flags) => New(stream, Streams);

    [UnmanagedCallersOnly]
    private static int NewMark(nint* mark, uint flags) => New(mark, Marks);

    [UnmanagedCallersOnly]
    private static int DestroyStream(nint stream) => Streams.TryRemove(stream, out _) ? Success : InvalidValue;

    [UnmanagedCallersOnly]
    private static int DestroyMark(nint mark) => Marks.TryRemove(mark, out _) ? Success : InvalidValue;

    // A mark that was not recorded would let the stream go on at once.
    [UnmanagedCallersOnly]
    private static int Wait(nint stream, nint mark, uint flags) => IsStream(stream) && Marks.GetValueOrDefault(mark) ? Success : InvalidValue;

    [UnmanagedCallersOnly]
    private static int Record(nint mark, nint stream) => context != 0 && IsStream(stream) && Marks.TryUpdate(mark, true, false) ? Success : InvalidValue;

    private static bool IsStream(nint stream) => stream == 0 || Streams.ContainsKey(stream);

    private static int New(nint* made, ConcurrentDictionary<nint, bool> among)
    {
        if (context == 0) return InvalidValue;
        *made = (nint)Interlocked.Increment(ref next);
        among[*made] = false;
        return Success;
    }
}
