using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Itra.Faults.Tests;

/// <summary>A process of the program that trains: what it has shown so far, and when.</summary>
internal sealed partial class Training : IDisposable
{
    public const int SigTerm = 15, SigKill = 9, SigCont = 18, SigStop = 19;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(120);

    private readonly Lock gate = new();
    private readonly List<(TimeSpan At, string Text)> lines = [];
    private readonly Stopwatch since = Stopwatch.StartNew();
    private readonly Process process;
    private readonly Task reading;

    public Training(Process process)
    {
        this.process = process;
        reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    public int Id => process.Id;

    public bool HasEnded => process.HasExited;

    public TimeSpan Elapsed => since.Elapsed;

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (gate) return [.. lines.Select(l => l.Text)];
        }
    }

    public string Screen => string.Join('\n', Lines);

    /// <summary>Epochs that it has shown as done, in order, and when.</summary>
    public IReadOnlyList<(TimeSpan At, int Epoch)> Epochs
    {
        get
        {
            lock (gate) return [.. from l in lines let m = EpochDone().Match(l.Text) where m.Success select (l.At, int.Parse(m.Groups[1].Value))];
        }
    }

    /// <summary>Checkpoints that it has shown as written.</summary>
    public IReadOnlyList<string> Checkpoints => [.. from l in Lines let m = CheckpointWritten().Match(l) where m.Success select m.Groups[1].Value];

    /// <summary>The first line with that text, waited for.</summary>
    public async Task<string> SeeAsync(string text, TimeSpan? longest = null)
    {
        for (var end = since.Elapsed + (longest ?? Longest); ; await Task.Delay(50))
        {
            var hasEnded = process.HasExited && reading.IsCompleted;
            if (Lines.FirstOrDefault(l => l.Contains(text, StringComparison.Ordinal)) is { } line) return line;
            if (hasEnded || since.Elapsed > end) Assert.Fail($"'{text}' was not shown{(hasEnded ? " before it ended" : "")}:\n{Screen}");
        }
    }

    /// <summary>Waits for so many more epochs.</summary>
    public async Task EpochsAsync(int more)
    {
        var wanted = Epochs.Count + more;
        for (var end = since.Elapsed + Longest; Epochs.Count < wanted; await Task.Delay(20))
            if (process.HasExited || since.Elapsed > end) Assert.Fail($"epoch {wanted} was not reached:\n{Screen}");
    }

    public void Signal(int number) => _ = Kill(process.Id, number);

    /// <summary>Asks it to stop after its step, or sends it another signal, and waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndAsync(int? signal = SigTerm)
    {
        if (signal is { } number) Signal(number);
        await process.WaitForExitAsync().WaitAsync(Longest);
        // Whatever it started holds its pipes.
        await Task.WhenAny(reading, Task.Delay(TimeSpan.FromSeconds(5)));
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited) process.Kill();
        process.Dispose();
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
            lock (gate) lines.Add((since.Elapsed, line));
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [GeneratedRegex(@"epoch (\d+) done")]
    private static partial Regex EpochDone();

    [GeneratedRegex(@"checkpoint (\S+\.pt)$")]
    private static partial Regex CheckpointWritten();
}
