using System.Collections.Concurrent;
using System.Text;

namespace Itra.Faults.Tests;

/// <summary>What was done to the program and what came of it, one row per fault: the table of docs/reliability.md.</summary>
public sealed class ReliabilityTable : IDisposable
{
    // Where the table is to be written; ./test --faults sets it.
    private const string FileVariable = "ITRA_FAULTS_TABLE";

    private readonly ConcurrentBag<Row> rows = [];

    /// <param name="Tried">How often it was done in this run of the suite.</param>
    /// <param name="Recorded">Events that the runs had recorded, all of which were looked for.</param>
    /// <param name="Lost">Of these, what was not in the store in the end.</param>
    /// <param name="Saw">The line that the program showed, or what it did.</param>
    private sealed record Row(string Fault, int Tried, int Recorded, int Lost, string Saw);

    internal void Add(string fault, int tried, Evidence evidence, string saw) => rows.Add(new Row(fault, tried, evidence.Recorded, evidence.Lost, saw));

    public void Dispose()
    {
        if (rows.IsEmpty) return;
        var text = new StringBuilder("| fault | tried | events recorded | lost | what the user saw |\n|---|---|---|---|---|\n");
        foreach (var r in rows.OrderBy(r => r.Fault, StringComparer.Ordinal))
            text.Append($"| {r.Fault} | {r.Tried} | {r.Recorded} | {(r.Lost == 0 ? "nothing" : r.Lost.ToString())} | {r.Saw.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        File.WriteAllText(Environment.GetEnvironmentVariable(FileVariable) ?? Path.Combine(AppContext.BaseDirectory, "reliability.md"), text.ToString());
    }
}
