using System.Diagnostics;

namespace Itra.Cli.Tests;

/// <summary>The real program, as a shell would start it, with a home of its own.</summary>
internal sealed class ItraProgram : IDisposable
{
    // Open to passers-by, as CreateTempSubdirectory's are not: the database of root's tests would stand in /var/lib/itra, and stay there.
    public string Home { get; } = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "itra-cli-" + Path.GetRandomFileName()), (UnixFileMode)0b111_101_101).FullName;

    /// <summary>Where the program is started; its home unless set.</summary>
    public string? Folder { get; set; }

    public sealed record Outcome(int ExitCode, string Output, string Error);

    public Outcome Run(params string[] words) => RunWith(new Dictionary<string, string>(), words);

    public Outcome RunWith(IReadOnlyDictionary<string, string> variables, params string[] words)
    {
        using var process = Start(variables, words);
        return End(process);
    }

    /// <summary>Starts the program; the caller ends it.</summary>
    public Process Start(IReadOnlyDictionary<string, string> variables, params string[] words)
    {
        var start = new ProcessStartInfo("/usr/bin/env", ["dotnet", Path.Combine(AppContext.BaseDirectory, "itra.dll"), .. words])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder ?? Home,
        };
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("ITRA_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name);
        start.Environment["ITRA_HOME"] = Home;
        foreach (var (name, value) in variables) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static Outcome End(Process process)
    {
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Outcome(process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    public void Dispose() => Directory.Delete(Home, recursive: true);
}
