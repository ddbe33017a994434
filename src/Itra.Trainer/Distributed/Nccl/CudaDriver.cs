using System.Runtime.InteropServices;
using Itra.Domain;

namespace Itra.Trainer.Distributed.Nccl;

/// <summary>
/// Streams and events of CUDA's driver interface, which is the same whatever runtime libtorch brings. Stream 0 is the one that torch queues
/// its work in.
/// </summary>
internal sealed unsafe class CudaDriver
{
    private const string File = "libcuda.so.1";
    private const uint NonBlocking = 1, WithoutTiming = 2;

    private readonly delegate* unmanaged<uint, int> init;
    private readonly delegate* unmanaged<int*, int, int> deviceGet;
    private readonly delegate* unmanaged<nint*, int, int> primaryContextRetain;
    private readonly delegate* unmanaged<nint, int> contextSetCurrent;
    private readonly delegate* unmanaged<nint*, uint, int> streamCreate;
    private readonly delegate* unmanaged<nint, int> streamDestroy;
    private readonly delegate* unmanaged<nint, nint, uint, int> streamWaitEvent;
    private readonly delegate* unmanaged<nint*, uint, int> eventCreate;
    private readonly delegate* unmanaged<nint, int> eventDestroy;
    private readonly delegate* unmanaged<nint, nint, int> eventRecord;

    /// <param name="export">Address of a function by its name.</param>
    public CudaDriver(Func<string, nint> export)
    {
        init = (delegate* unmanaged<uint, int>)export("cuInit");
        deviceGet = (delegate* unmanaged<int*, int, int>)export("cuDeviceGet");
        primaryContextRetain = (delegate* unmanaged<nint*, int, int>)export("cuDevicePrimaryCtxRetain");
        contextSetCurrent = (delegate* unmanaged<nint, int>)export("cuCtxSetCurrent");
        streamCreate = (delegate* unmanaged<nint*, uint, int>)export("cuStreamCreate");
        streamDestroy = (delegate* unmanaged<nint, int>)export("cuStreamDestroy_v2");
        streamWaitEvent = (delegate* unmanaged<nint, nint, uint, int>)export("cuStreamWaitEvent");
        eventCreate = (delegate* unmanaged<nint*, uint, int>)export("cuEventCreate");
        eventDestroy = (delegate* unmanaged<nint, int>)export("cuEventDestroy_v2");
        eventRecord = (delegate* unmanaged<nint, nint, int>)export("cuEventRecord");
        Check(init(0));
    }

    /// <exception cref="UserErrorException">There is no driver.</exception>
    public static CudaDriver Find() => NativeLibrary.TryLoad(File, out var library)
        ? new CudaDriver(name => NativeLibrary.GetExport(library, name))
        : throw new UserErrorException($"there is no NVIDIA driver ({File}): install it, or train with --device cpu");

    /// <summary>Makes a device this thread's current one, in the context that torch uses too.</summary>
    public void Use(int number)
    {
        int device;
        nint context;
        Check(deviceGet(&device, number));
        Check(primaryContextRetain(&context, device));
        Check(contextSetCurrent(context));
    }

    /// <summary>A stream that waits for no other by itself.</summary>
    public nint NewStream()
    {
        nint stream;
        Check(streamCreate(&stream, NonBlocking));
        return stream;
    }

    /// <summary>What is queued in one stream from now on starts when what is queued in another is done.</summary>
    /// <returns>What <see cref="Wait"/> takes; it is used up by that.</returns>
    public nint Mark(nint stream)
    {
        nint mark;
        Check(eventCreate(&mark, WithoutTiming));
        Check(eventRecord(mark, stream));
        return mark;
    }

    /// <summary>Lets a stream wait for a mark, which the driver keeps as long as it is needed.</summary>
    public void Wait(nint stream, nint mark)
    {
        Check(streamWaitEvent(stream, mark, 0));
        Check(eventDestroy(mark));
    }

    public void Destroy(nint stream) => _ = streamDestroy(stream);

    private static void Check(int result)
    {
        if (result != 0) throw new InvalidOperationException($"the CUDA driver gives error {result}");
    }
}
