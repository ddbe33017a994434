using System.Diagnostics;
using Itra.Domain;

namespace Itra.Tracking.Postgres;

/// <summary>The Unix account that a server's files belong to and its programs run under.</summary>
/// <param name="Name">Null for our own.</param>
internal sealed record ServerAccount(string? Name)
{
    public static readonly ServerAccount Ours = new((string?)null);

    /// <summary>PostgreSQL refuses to run as root: root hands it to the account that its package makes.</summary>
    /// <exception cref="UserErrorException">We are root, and there is no such account.</exception>
    public static ServerAccount ForServer()
    {
        if (!Environment.IsPrivilegedProcess) return Ours;
        return File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal))
            ? new ServerAccount("postgres")
            : throw new UserErrorException("PostgreSQL does not run as root, and there is no account 'postgres' to run it: type 'apt-get install -y postgresql', or run itra as another user");
    }

    /// <summary>Runs a program to its end and gives what it wrote.</summary>
    /// <exception cref="ToolFailedException">It ended with another code than 0.</exception>
    public string Run(string program, params IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(StartInfo(program, arguments))
            ?? throw new ToolFailedException(program, -1, "it did not start");
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new ToolFailedException(program, process.ExitCode, (output + errors.Result).Trim());
    }

    /// <summary>Gives a folder to the account, closed to everybody else.</summary>
    public void Own(string folder)
    {
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (Name is not null) Ours.Run("chown", $"{Name}:", folder);
    }

    /// <summary>Whether the account can work in a folder; folders above it can forbid that too.</summary>
    public bool CanWorkIn(string folder)
    {
        try
        {
            Run("test", "-w", folder, "-a", "-x", folder);
            return true;
        }
        catch (ToolFailedException)
        {
            return false;
        }
    }

    private ProcessStartInfo StartInfo(string program, IReadOnlyList<string> arguments)
    {
        string[] line = Name is null
            ? [program, .. arguments]
            : ["setpriv", $"--reuid={Name}", $"--regid={Name}", "--init-groups", "--", program, .. arguments];
        // .NET looks for a program in the working directory before it looks at PATH, so that a script named 'test' there would be run; env does not.
        return new ProcessStartInfo("/usr/bin/env", line)
        {
            // The account may not be able to enter the folder we stand in.
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C.UTF-8" },
        };
    }
}

/// <summary>A program of the system or of PostgreSQL reported failure.</summary>
internal sealed class ToolFailedException(string program, int code, string output)
    : Exception($"{Path.GetFileName(program)} ended with code {code}: {output}")
{
    public string Output => output;
}
