using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Itra.Domain.Training;

namespace Itra.Cli.Training;

/// <summary>Writes down where a run comes from, before it starts.</summary>
internal static class ProvenanceCollector
{
    // Those that numbers depend on.
    private static readonly string[] Libraries = ["TorchSharp", "NetVips", "Itra.Trainer"];

    /// <param name="commandLine">Without secrets.</param>
    /// <param name="threads">Threads a tensor operation may use; 0 for one per core.</param>
    public static Provenance Collect(IReadOnlyList<string> commandLine, int threads)
    {
        var commit = Git("rev-parse", "HEAD");
        return new Provenance(
            commit,
            commit is not null && Git("status", "--porcelain", "--untracked-files=no") is not (null or ""),
            commandLine,
            Environment.CurrentDirectory,
            Environment.UserName,
            Environment.MachineName,
            RuntimeInformation.OSDescription,
            Version(typeof(ProvenanceCollector).Assembly),
            RuntimeInformation.FrameworkDescription,
            Libraries.ToDictionary(name => name, name => Version(Assembly.Load(name))),
            $"cpu ({Processor()})",
            Environment.ProcessorCount,
            threads > 0 ? threads : Environment.ProcessorCount);
    }

    private static string Version(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version?.ToString() ?? "unknown";

    private static string Processor()
    {
        const string file = "/proc/cpuinfo", field = "model name";
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':') + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    /// <returns>What git says, or null if it is not installed or this is no repository: a run needs neither.</returns>
    private static string? Git(params string[] arguments)
    {
        // Not started by its bare name, under which .NET would take a file of the working directory.
        using var git = Process.Start(new ProcessStartInfo("/usr/bin/env", ["git", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        // Read beside the output: a full pipe would stop it.
        var errors = git.StandardError.ReadToEndAsync();
        var output = git.StandardOutput.ReadToEnd().Trim();
        git.WaitForExit();
        errors.GetAwaiter().GetResult();
        return git.ExitCode == 0 ? output : null;
    }
}
