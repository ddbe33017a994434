using System.Reflection;
using System.Runtime.InteropServices;
using Itra.Domain.Artifacts;
using Itra.Domain.Training;
using Itra.Trainer.Devices;
using Itra.Trainer.Native;

namespace Itra.Cli.Training;

/// <summary>Writes down where a run comes from, before it starts.</summary>
/// <param name="warn">Told what could not be kept.</param>
/// <param name="note">Told what is for the log alone.</param>
internal sealed class ProvenanceCollector(Redaction redaction, IArtifactStore artifacts, Action<string> warn, Action<string> note)
{
    private const long LargestPatch = 64 << 20;

    // Those that numbers depend on, besides libtorch.
    private static readonly string[] Libraries = ["TorchSharp", "NetVips", "Itra.Trainer"];

    /// <param name="commandLine">As typed.</param>
    /// <param name="threads">Threads a tensor operation may use; 0 for one per core.</param>
    /// <param name="device">What --device says.</param>
    /// <param name="origins">Where each setting that is no default comes from, by key.</param>
    public async Task<Provenance> CollectAsync(IReadOnlyList<string> commandLine, int threads, string device, IReadOnlyDictionary<string, string> origins, CancellationToken cancellation)
    {
        TorchLibraries.MustBeUsable();
        var gpus = CudaState.Look();
        var tree = WorkingTree.Look();
        if (tree.Untracked > 0) note($"{tree.Untracked} files here are not in git, and not in the recorded patch either");
        return new Provenance(
            tree.Commit,
            tree.Dirty,
            redaction.CommandLine(commandLine),
            Environment.CurrentDirectory,
            Environment.UserName,
            Environment.MachineName,
            RuntimeInformation.OSDescription,
            Version(typeof(ProvenanceCollector).Assembly),
            RuntimeInformation.FrameworkDescription,
            Versions(gpus),
            Device(device, gpus),
            Environment.ProcessorCount,
            Threads(threads))
        {
            Patch = tree.Dirty ? await KeepAsync(tree, cancellation) : null,
            Environment = ResultVariables.Of(Environment.GetEnvironmentVariables(), redaction),
            Origins = origins,
        };
    }

    public static int Threads(int asked) => asked > 0 ? asked : Environment.ProcessorCount;

    private static string Device(string asked, CudaState gpus) => GpuLibraries.Describe(asked, gpus) is { } names ? $"cuda ({names})" : $"cpu ({Processor()})";

    /// <summary>Name and version of what numbers depend on.</summary>
    private static Dictionary<string, string> Versions(CudaState gpus)
    {
        var versions = Libraries.ToDictionary(name => name, name => Version(Assembly.Load(name)));
        foreach (var (name, version) in TorchBuild.Describe().Concat(GpuLibraries.Versions(gpus))) versions[name] = version;
        if (FastPaths.NotUsed() is { } without) versions["without"] = without;
        return versions;
    }

    private async Task<Artifact?> KeepAsync(WorkingTree.State tree, CancellationToken cancellation)
    {
        if (WorkingTree.Patch(LargestPatch) is not { } raw)
        {
            warn($"tracked files differ from commit {tree.Commit![..12]} by more than {LargestPatch >> 20} MB: that they do is recorded, how is not");
            return null;
        }
        var (patch, masked) = PatchRedaction.Apply(raw, redaction);
        if (masked > 0) warn($"{masked} lines of the recorded patch lost what looks like a secret: to restore the code, put those lines right by hand");
        using var content = new MemoryStream(patch);
        return await artifacts.PutAsync(content, cancellation);
    }

    private static string Version(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version?.ToString() ?? "unknown";

    private static string Processor()
    {
        const string file = "/proc/cpuinfo", field = "model name";
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':') + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }
}
