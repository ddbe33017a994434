using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace Itra.Trainer.Native;

/// <summary>What libtorch says of itself: its build, and which of the processor's instructions it uses. Numbers depend on both.</summary>
public static unsafe partial class TorchBuild
{
    private const string Library = "libtorch_cpu.so";

    /// <summary>By name: libtorch's version, the instructions its kernels use, the versions of MKL, oneDNN and OpenMP.</summary>
    public static IReadOnlyDictionary<string, string> Describe()
    {
        TorchLibraries.MustBeUsable();
        set_num_threads(get_num_threads());                             // loads the library
        return new Dictionary<string, string>
        {
            ["libtorch"] = TorchLibraries.Folder.Version ?? __version__,
            ["libtorch instructions"] = Text(get_cpu_capability()),
            ["MKL"] = Text(get_mkl_version()),
            ["oneDNN"] = Text(get_mkldnn_version()),
            ["OpenMP"] = Text(get_openmp_version()),
        };
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

    [DllImport(Library, EntryPoint = "_ZN2at18get_cpu_capabilityB5cxx11Ev")]
    private static extern StdString get_cpu_capability();

    [DllImport(Library, EntryPoint = "_ZN2at15get_mkl_versionB5cxx11Ev")]
    private static extern StdString get_mkl_version();

    [DllImport(Library, EntryPoint = "_ZN2at18get_mkldnn_versionB5cxx11Ev")]
    private static extern StdString get_mkldnn_version();

    [DllImport(Library, EntryPoint = "_ZN2at18get_openmp_versionB5cxx11Ev")]
    private static extern StdString get_openmp_version();

    [DllImport("libstdc++.so.6", EntryPoint = "_ZdlPv")]
    private static extern void delete(void* memory);
}
