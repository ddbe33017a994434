using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace Itra.Trainer.Native;

/// <summary>What libtorch says of itself: its build, and which of the processor's instructions it uses. Numbers depend on both.</summary>
public static unsafe partial class TorchBuild
{
    private const string Library = "libtorch_cpu.so", Instructions = "_ZN2at18get_cpu_capabilityB5cxx11Ev", Mkl = "_ZN2at15get_mkl_versionB5cxx11Ev", OneDnn = "_ZN2at18get_mkldnn_versionB5cxx11Ev", OpenMp = "_ZN2at18get_openmp_versionB5cxx11Ev",
        Delete = "_ZdlPv", Runtime = "libstdc++.so.6";

    internal static FastPath Path { get; } = FastPath.Of("torch-build", "what libtorch says of its build is in a run's record", "the record has its version alone", () =>
        Array.Find([Instructions, Mkl, OneDnn, OpenMp], s => !TorchLibraries.Exports(s)) is { } symbol ? $"the libtorch in use does not export {symbol}"
        : NativeLibrary.TryLoad(Runtime, out var library) && NativeLibrary.TryGetExport(library, Delete, out _) ? null : $"there is no {Runtime}");

    /// <summary>By name: libtorch's version, the instructions its kernels use, the versions of MKL, oneDNN and OpenMP.</summary>
    public static IReadOnlyDictionary<string, string> Describe()
    {
        TorchLibraries.MustBeUsable();
        set_num_threads(get_num_threads());                             // loads the library
        var facts = new Dictionary<string, string> { ["libtorch"] = TorchLibraries.Folder.Version ?? __version__ };
        if (!Path.IsUsed) return facts;
        facts["libtorch instructions"] = Text(get_cpu_capability());
        facts["MKL"] = Text(get_mkl_version());
        facts["oneDNN"] = Text(get_mkldnn_version());
        facts["OpenMP"] = Text(get_openmp_version());
        return facts;
    }

    /// <summary>A std::string of libstdc++, as it is returned: short text lies inside, longer on the heap.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct StdString
    {
        public byte* Start;
        public nuint Length;
        public fixed byte Inside[16];
    }

    private static string Text(StdString text)
    {
        const int mostInside = 15;
        if (text.Length <= mostInside) return Encoding.UTF8.GetString(text.Inside, (int)text.Length);
        var copied = Encoding.UTF8.GetString(text.Start, (int)text.Length);
        delete(text.Start);
        return copied;
    }

    [DllImport(Library, EntryPoint = Instructions)]
    private static extern StdString get_cpu_capability();

    [DllImport(Library, EntryPoint = Mkl)]
    private static extern StdString get_mkl_version();

    [DllImport(Library, EntryPoint = OneDnn)]
    private static extern StdString get_mkldnn_version();

    [DllImport(Library, EntryPoint = OpenMp)]
    private static extern StdString get_openmp_version();

    [DllImport(Runtime, EntryPoint = Delete)]
    private static extern void delete(void* memory);
}
