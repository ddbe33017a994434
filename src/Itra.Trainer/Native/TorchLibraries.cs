using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Itra.Domain;

namespace Itra.Trainer.Native;

/// <summary>
/// Loads libtorch, from the folder beside the program or from the one that ITRA_LIBTORCH names: all its libraries by their full paths, before
/// TorchSharp looks for any. It would look beside the program and in the system's folders, and two copies in a process are two libraries.
/// </summary>
public static class TorchLibraries
{
    /// <summary>Environment variable that names another libtorch's folder.</summary>
    public const string Variable = "ITRA_LIBTORCH";

    private const string Binding = "libLibTorchSharp.so", ManagedBinding = "TorchSharp";

    private static readonly Lock gate = new();
    private static readonly Dictionary<string, nint> loaded = [];
    private static UserErrorException? refusal;

    private static string Own => Path.Combine(AppContext.BaseDirectory, "libtorch");

    /// <summary>Where the libtorch in use is.</summary>
    /// <exception cref="UserErrorException">The variable names a folder without one.</exception>
    public static TorchFolder Folder { get => field ??= Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? TorchFolder.Named(path, Variable) : new TorchFolder(Own); private set; }

    /// <summary>libtorch's CUDA part, if it has one.</summary>
    internal static nint? Cuda => loaded.TryGetValue("libtorch_cuda.so", out var library) ? library : null;

    /// <summary>Throws what is wrong with ITRA_LIBTORCH, if anything is, before torch is used: from within its first use the message is harder to find.</summary>
    /// <exception cref="UserErrorException">It names no libtorch, or one that does not fit.</exception>
    public static void MustBeUsable()
    {
        Load();
        if (refusal is not null) throw new UserErrorException(refusal.Message, refusal);
    }

    /// <summary>Whether libtorch has a function, by its mangled name.</summary>
    /// <exception cref="UserErrorException">There is no libtorch that can be used.</exception>
    internal static bool Exports(string symbol)
    {
        MustBeUsable();
        return NativeLibrary.TryGetExport(loaded[TorchFolder.Core], symbol, out _);
    }

    /// <summary>Throws the same, as far as it shows without loading anything.</summary>
    /// <exception cref="UserErrorException">ITRA_LIBTORCH names no libtorch, or one that does not fit.</exception>
    public static void MustFit()
    {
        if (Folder.Path != Own) TorchFit.Check(Folder, Path.Combine(Own, Binding), $"{Variable}={Environment.GetEnvironmentVariable(Variable)}");
    }

    /// <summary>Prepares for the first use of torch, at no cost for programs that have none.</summary>
    internal static void LoadWhenNeeded()
    {
        AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) => Find(name);
        AppDomain.CurrentDomain.AssemblyLoad += (_, args) =>
        {
            if (args.LoadedAssembly.GetName().Name == ManagedBinding) Load();
        };
        if (AppDomain.CurrentDomain.GetAssemblies().Any(a => a.GetName().Name == ManagedBinding)) Load();
    }

    private static void Load()
    {
        lock (gate)
        {
            if (loaded.Count > 0 || refusal is not null) return;
            try
            {
                MustFit();
                foreach (var library in Folder.Libraries.Append(Path.Combine(Own, Binding))) loaded[Path.GetFileName(library)] = NativeLibrary.Load(library);
            }
            catch (UserErrorException e)
            {
                refusal = e;
            }
            catch (DllNotFoundException e)
            {
                refusal = new UserErrorException($"libtorch cannot be loaded from {Folder.Path}: {e.Message.ReplaceLineEndings(" ")}", e);
            }
        }
    }

    private static nint Find(string name)
    {
        if (!name.Contains("torch", StringComparison.OrdinalIgnoreCase)) return 0;
        MustBeUsable();
        return loaded.GetValueOrDefault(name, loaded.GetValueOrDefault($"lib{name}.so"));
    }
}
