using System.Text.RegularExpressions;
using Itra.Domain;

namespace Itra.Trainer.Native;

/// <summary>A folder with libtorch's libraries.</summary>
/// <param name="Path">Without links on the way: libraries look for their neighbours from where they really are.</param>
public sealed partial record TorchFolder(string Path)
{
    /// <summary>The library that every libtorch has.</summary>
    internal const string Core = "libtorch_cpu.so";

    private const string Cuda = "libtorch_cuda.so";

    // In this order each finds what it needs loaded already.
    private static readonly string[] InOrder = ["libc10.so", Core, "libc10_cuda.so", Cuda, "libtorch.so"];

    /// <summary>Those of a folder that somebody names.</summary>
    /// <exception cref="UserErrorException">There is no libtorch in it.</exception>
    public static TorchFolder Named(string path, string variable)
    {
        if (!File.Exists(System.IO.Path.Combine(path, Core)))
            throw new UserErrorException($"{variable}={path}: there is no {Core} in it; name the folder of libtorch's libraries, in an installed PyTorch .../site-packages/torch/lib");
        return new TorchFolder(System.IO.Path.GetFullPath(Directory.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path));
    }

    /// <summary>Whether it can drive GPUs.</summary>
    public bool HasCuda => File.Exists(System.IO.Path.Combine(Path, Cuda));

    /// <summary>Paths of the libraries that are there, in the order in which they are to be loaded.</summary>
    public IReadOnlyList<string> Libraries => [.. InOrder.Select(name => System.IO.Path.Combine(Path, name)).Where(File.Exists).Select(Real)];

    /// <summary>The version that PyTorch's package, or the archive it came in, states beside the libraries; null if nothing does.</summary>
    public string? Version =>
        Read("../version.py", PythonVersion()) ?? Read("../build-version", FirstLine()) ?? Read("../include/torch/version.h", HeaderVersion());

    private static string Real(string file) => File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file;

    private string? Read(string file, Regex form) =>
        System.IO.Path.Combine(Path, file) is var path && File.Exists(path) && form.Match(File.ReadAllText(path)) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex("""^__version__ *(?:: *str *)?= *['"]([^'"]+)['"]""", RegexOptions.Multiline)]
    private static partial Regex PythonVersion();

    [GeneratedRegex(@"\A(\S+)")]
    private static partial Regex FirstLine();

    [GeneratedRegex("""^#define TORCH_VERSION "?([\d.]+)""", RegexOptions.Multiline)]
    private static partial Regex HeaderVersion();
}
