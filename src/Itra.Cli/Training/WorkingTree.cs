using System.Diagnostics;

namespace Itra.Cli.Training;

/// <summary>What git knows of the folder that a run is started in. A run needs neither git nor a repository.</summary>
internal static class WorkingTree
{
    /// <param name="Commit">Null outside of a repository, or where nothing was committed yet.</param>
    /// <param name="Dirty">True if tracked files differ from it.</param>
    /// <param name="Untracked">Files that git neither tracks nor ignores.</param>
    public sealed record State(string? Commit, bool Dirty, int Untracked);

    public static State Look()
    {
        if (Text("rev-parse", "HEAD") is not { } commit) return new State(null, false, 0);
        var changes = (Text("status", "--porcelain") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var untracked = changes.Count(c => c.StartsWith("??", StringComparison.Ordinal));
        return new State(commit, changes.Length > untracked, untracked);
    }

    /// <summary>How the tracked files differ from the commit, in a form that <c>git apply</c> takes, whatever the user has configured.</summary>
    /// <returns>Null if it would be longer than <paramref name="mostBytes"/>.</returns>
    public static byte[]? Patch(long mostBytes)
    {
        using var git = Start("diff", "HEAD", "--binary", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative", "--src-prefix=a/", "--dst-prefix=b/");
        var errors = git.StandardError.ReadToEndAsync();
        using var patch = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = git.StandardOutput.BaseStream.Read(buffer)) > 0; patch.Write(buffer.AsSpan(0, read)))
        {
            if (patch.Length + read <= mostBytes) continue;
            git.Kill();
            return null;
        }
        git.WaitForExit();
        var error = errors.GetAwaiter().GetResult();
        return git.ExitCode == 0 ? patch.ToArray() : throw new InvalidOperationException($"git diff HEAD failed: {error.Trim()}");
    }

    private static string? Text(params string[] arguments)
    {
        using var git = Start(arguments);
        // Read beside the output: a full pipe would stop it.
        var errors = git.StandardError.ReadToEndAsync();
        var output = git.StandardOutput.ReadToEnd().Trim();
        git.WaitForExit();
        errors.GetAwaiter().GetResult();
        return git.ExitCode == 0 ? output : null;
    }

    // Not started by its bare name, under which .NET would take a file of the working directory.
    private static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("/usr/bin/env", ["git", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
}
