using System.Diagnostics;

namespace Itra.Architecture.Tests;

internal static class Repository
{
    private static readonly string[] Unversioned = ["artifacts", "logs", ".git", "bin", "obj"];

    /// <summary>The folder that holds Itra.sln, found upwards from the test binary.</summary>
    public static string Root { get; } = Find();

    /// <summary>Paths relative to the root: what git tracks or would add, and in an unpacked archive everything but build output.</summary>
    public static IReadOnlyList<string> Files { get; } = Path.Exists(Path.Combine(Root, ".git")) ? Tracked() : Unpacked();

    public static IEnumerable<string> Sources(string folder) =>
        Files.Where(f => f.StartsWith(folder + "/", StringComparison.Ordinal) && f.EndsWith(".cs", StringComparison.Ordinal));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Itra.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Itra.sln is not above " + AppContext.BaseDirectory);
    }

    private static List<string> Tracked()
    {
        // Another user's clone is still one to read.
        using var git = Process.Start(new ProcessStartInfo("git", ["-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
        })!;
        var files = git.StandardOutput.ReadToEnd().Split('\0', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        return git.ExitCode == 0
            ? [.. files.Where(f => File.Exists(Path.Combine(Root, f)))]
            : throw new InvalidOperationException($"git ls-files ended with {git.ExitCode}");
    }

    private static List<string> Unpacked() =>
        [.. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Root, f))
            .Where(f => !f.Split('/').Intersect(Unversioned).Any())];
}
