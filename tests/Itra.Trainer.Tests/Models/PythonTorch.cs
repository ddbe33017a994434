using System.Diagnostics;

namespace Itra.Trainer.Tests.Models;

/// <summary>PyTorch itself: Debian's python3-torch, or any python3 with torch.</summary>
internal static class PythonTorch
{
    private static readonly Lazy<bool> IsThere = new(() => Run("import torch").ExitCode == 0);

    public static void SkipIfAbsent() => Assert.SkipUnless(IsThere.Value, "no python3 with torch here (apt-get install python3-torch)");

    public static string Quoted(string path) => $"'{path}'";

    public static (int ExitCode, string Error) Run(string program)
    {
        var interpreter = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
        try
        {
            using var python = Process.Start(new ProcessStartInfo(interpreter, ["-c", program]) { RedirectStandardError = true })!;
            var error = python.StandardError.ReadToEnd();
            python.WaitForExit();
            return (python.ExitCode, error);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
    }
}
