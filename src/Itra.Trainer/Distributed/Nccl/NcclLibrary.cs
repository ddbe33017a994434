using System.Runtime.InteropServices;
using Itra.Domain;
using Itra.Trainer.Native;

namespace Itra.Trainer.Distributed.Nccl;

/// <summary>What all ranks of a group must have alike; made by one of them.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NcclId
{
    public const int Size = 128;

    public fixed byte Bytes[Size];
}

/// <summary>The functions of NVIDIA's collective library that Itra calls. Source: nccl.h 2.x, whose C interface has kept these signatures.</summary>
internal sealed unsafe class NcclLibrary
{
    public const string Variable = "ITRA_NCCL";

    private const string File = "libnccl.so.2", AnyFunction = "ncclGetUniqueId";
    private const int Success = 0, InProgress = 7, Float32 = 7, Byte = 1, SumOperation = 0;

    private readonly delegate* unmanaged<int*, int> getVersion;
    private readonly delegate* unmanaged<NcclId*, int> getUniqueId;
    private readonly delegate* unmanaged<nint*, int, NcclId, int, int> commInitRank;
    private readonly delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int> allReduce;
    private readonly delegate* unmanaged<nint, nint, nuint, int, nint, nint, int> allGather;
    private readonly delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int> broadcast;
    private readonly delegate* unmanaged<nint, int> commAbort;
    private readonly delegate* unmanaged<nint, int*, int> commGetAsyncError;
    private readonly delegate* unmanaged<int, byte*> getErrorString;

    /// <param name="export">Address of a function by its name.</param>
    /// <param name="from">Where the functions are, for people.</param>
    public NcclLibrary(Func<string, nint> export, string from)
    {
        From = from;
        getVersion = (delegate* unmanaged<int*, int>)export("ncclGetVersion");
        getUniqueId = (delegate* unmanaged<NcclId*, int>)export(AnyFunction);
        commInitRank = (delegate* unmanaged<nint*, int, NcclId, int, int>)export("ncclCommInitRank");
        allReduce = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)export("ncclAllReduce");
        allGather = (delegate* unmanaged<nint, nint, nuint, int, nint, nint, int>)export("ncclAllGather");
        broadcast = (delegate* unmanaged<nint, nint, nuint, int, int, nint, nint, int>)export("ncclBroadcast");
        commAbort = (delegate* unmanaged<nint, int>)export("ncclCommAbort");
        commGetAsyncError = (delegate* unmanaged<nint, int*, int>)export("ncclCommGetAsyncError");
        getErrorString = (delegate* unmanaged<int, byte*>)export("ncclGetErrorString");
    }

    public string From { get; }

    /// <summary>Such as 2.27.5.</summary>
    public string Version
    {
        get
        {
            int version;
            Check(getVersion(&version));
            return $"{version / 10000}.{version / 100 % 100}.{version % 100}";
        }
    }

    /// <summary>The library that ITRA_NCCL names, or the one within libtorch, beside it, or of the system.</summary>
    /// <exception cref="UserErrorException">There is none.</exception>
    public static NcclLibrary Find() => TryFind() ?? throw new UserErrorException(
        $"several GPUs exchange their gradients through NCCL, and there is none within or beside {TorchLibraries.Folder.Path} or in the system ({File}): install it (Debian's libnccl2, or pip's nvidia-nccl-cu12), or name the file with {Variable}");

    /// <summary>The same; null if there is none.</summary>
    /// <exception cref="UserErrorException">The variable names a file that cannot be used.</exception>
    public static NcclLibrary? TryFind()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return Open(named) ?? throw new UserErrorException($"{Variable}={named}: it cannot be loaded as NCCL; name the file {File}");
        if (TorchLibraries.Cuda is { } libtorch && NativeLibrary.TryGetExport(libtorch, AnyFunction, out _)) return new NcclLibrary(name => NativeLibrary.GetExport(libtorch, name), "libtorch");
        var folder = TorchLibraries.Folder.Path;
        return new[] { Path.Combine(folder, File), Path.GetFullPath(Path.Combine(folder, "../../nvidia/nccl/lib", File)), File }.Select(Open).FirstOrDefault(l => l is not null);
    }

    public NcclId NewId()
    {
        NcclId id;
        Check(getUniqueId(&id));
        return id;
    }

    /// <summary>Joins a group, on the thread's current device; returns when all ranks have.</summary>
    public nint Join(int ranks, NcclId id, int rank)
    {
        nint group;
        Check(commInitRank(&group, ranks, id, rank));
        return group;
    }

    /// <summary>Adds up float32 values in their place.</summary>
    public void Sum(nint values, long count, nint group, nint stream) => Check(allReduce(values, values, (nuint)count, Float32, SumOperation, group, stream));

    public void Gather(nint from, nint to, long bytes, nint group, nint stream) => Check(allGather(from, to, (nuint)bytes, Byte, group, stream));

    /// <summary>From rank 0.</summary>
    public void Broadcast(nint values, long bytes, nint group, nint stream) => Check(broadcast(values, values, (nuint)bytes, Byte, 0, group, stream));

    /// <summary>Ends what the group has under way, and the group.</summary>
    public void Abort(nint group) => _ = commAbort(group);

    /// <summary>What has gone wrong since it was started; null if nothing has.</summary>
    public string? FailureOf(nint group)
    {
        int state;
        var asked = commGetAsyncError(group, &state);
        return asked != Success ? Text(asked) : state is Success or InProgress ? null : Text(state);
    }

    private static NcclLibrary? Open(string path) =>
        NativeLibrary.TryLoad(path, out var library) && NativeLibrary.TryGetExport(library, AnyFunction, out _) ? new NcclLibrary(name => NativeLibrary.GetExport(library, name), path) : null;

    private string Text(int result) => Marshal.PtrToStringUTF8((nint)getErrorString(result)) ?? $"error {result}";

    private void Check(int result)
    {
        if (result is not Success and not InProgress) throw new InvalidOperationException($"NCCL: {Text(result)}");
    }
}
