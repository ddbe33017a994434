using Itra.Domain.Runs;
using Itra.Domain.Training;

namespace Itra.Tracking.Comparison;

/// <summary>Something beside the settings that is not the same in all runs.</summary>
/// <param name="Kind"><c>code</c>, <c>data</c>, <c>weights</c>, <c>packages</c> or <c>machine</c>.</param>
/// <param name="Values">One per run; null where nothing was recorded.</param>
public sealed record Circumstance(string Kind, string What, IReadOnlyList<string?> Values)
{
    /// <summary>By kind, in the order above.</summary>
    public static IReadOnlyList<Circumstance> Of(IReadOnlyList<ComparedRun> runs)
    {
        var told = runs.Select(r => All(r).ToDictionary(c => (c.Kind, c.What), c => c.Value)).ToList();
        return
        [
            .. from key in told.SelectMany(t => t.Keys).Distinct()
               let values = told.Select(t => t.GetValueOrDefault(key)).ToList()
               where values.Distinct().Count() > 1
               orderby Array.IndexOf(Kinds, key.Kind)
               select new Circumstance(key.Kind, key.What, values),
        ];
    }

    private static readonly string[] Kinds = ["code", "data", "weights", "packages", "machine"];

    internal static IEnumerable<(string Kind, string What, string? Value)> All(ComparedRun run)
    {
        var p = run.Provenance;
        return
        [
            ("code", "commit", p.Commit), ("code", "changes", Changes(p)),
            .. run.Datasets.Select(d => ("data", d.Key, (string?)d.Value.Digest)),
            .. run.Events.OfType<InputFingerprinted>().DistinctBy(i => i.Role).Select(i => (i.Role == "vocabulary" ? "data" : "weights", i.Role, (string?)i.File.Sha256)),
            ("weights", "initial", run.Model?.WeightsDigest), ("weights", "started from", run.Checkpoint?.Sha256),
            ("weights", "branched from", run.Branch is { } b ? $"{b.RunId} at epoch {b.Epoch}" : null),
            ("packages", "Itra", p.ItraVersion), ("packages", "runtime", p.Runtime), .. p.Libraries.Select(l => ("packages", l.Key, (string?)l.Value)),
            ("machine", "host", p.Host), ("machine", "system", p.OperatingSystem), ("machine", "device", p.Device), ("machine", "threads", p.Threads.ToString()),
            ("machine", "user", p.User), ("machine", "folder", p.WorkingDirectory),
            .. (p.Environment ?? new Dictionary<string, string>()).Select(v => ("machine", "$" + v.Key, (string?)v.Value)),
        ];
    }

    private static string Changes(Provenance provenance) => provenance switch
    {
        { Patch: { } patch } => patch.Sha256,
        { Dirty: true } => "uncommitted, not kept",
        _ => "none",
    };
}
