using System.Diagnostics;
using Itra.Cli.Tests.Sweeps;

namespace Itra.Cli.Tests.Guide;

/// <summary>The commands of the fine-tuning guide as they stand in its text: shell, with its loops, its quotes and its slips.</summary>
internal static class GuideScript
{
    private static readonly string[] Starts = ["torchrun --nproc_per_node 8 -m training.main", "python itra/training/main.py"];

    /// <summary>The guide itself, which is not part of the repository.</summary>
    public static string GuidePath => Path.GetFullPath(Path.Combine(Recipes.Root, "..", "shared", "spec", "guide.txt"));

    /// <summary>The copy of its commands, parted by empty lines.</summary>
    public static IReadOnlyList<string> Commands { get; } =
        File.ReadAllText(Path.Combine(Recipes.Root, "tests", "Itra.Cli.Tests", "Guide", "commands.sh")).TrimEnd('\n').Split("\n\n");

    /// <summary>All commands in a text, each with the loop around it.</summary>
    public static IReadOnlyList<string> Extract(string text)
    {
        string[] lines = [.. text.Split('\n').Select(l => l.TrimEnd())];
        List<string> commands = [];
        foreach (var (start, line) in lines.Index().Where(l => Starts.Any(s => l.Item.StartsWith(s, StringComparison.Ordinal))))
        {
            var end = start;
            while (lines[end].EndsWith('\\')) end++;
            var isLoop = start > 1 && lines[start - 1] == "do";
            commands.Add(string.Join('\n', isLoop ? lines[(start - 2)..(end + 2)] : lines[start..(end + 1)]));
        }
        return commands;
    }

    /// <summary>The words behind <c>itra train</c> that a shell makes of a command; of a loop, one list for each turn.</summary>
    public static IReadOnlyList<string[]> Words(string command)
    {
        foreach (var start in Starts.Append("itra train")) command = command.Replace(start, "train");
        using var shell = Process.Start(new ProcessStartInfo("/usr/bin/env", ["bash", "-c", "train() { printf '%s\\n' \"$#\" \"$@\"; }\n" + command]) { RedirectStandardOutput = true })!;
        var lines = new Queue<string>(shell.StandardOutput.ReadToEnd().TrimEnd('\n').Split('\n'));
        shell.WaitForExit();
        List<string[]> turns = [];
        while (lines.TryDequeue(out var count)) turns.Add([.. Enumerable.Range(0, int.Parse(count)).Select(_ => lines.Dequeue())]);
        return turns;
    }

    /// <summary>What Itra answers to a command that the web page has garbled, or null.</summary>
    public static string? Corrected(string message) =>
        message.IndexOf("did you mean: ", StringComparison.Ordinal) is var at and >= 0 ? message[(at + "did you mean: ".Length)..].Trim() : null;
}
