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

    internal static IEnumerable<(string What, string? Value)> Code(ComparedRun run) => [("commit", run.Provenance.Commit), ("changes", Changes(run.Provenance))];

    private static IEnumerable<(string Kind, string What, string? Value)> All(ComparedRun run)
    {
        var p = run.Provenance;
        return
        [
            .. Code(run).Select(c => ("code", c.What, c.Value)),
            .. run.Datasets.Select(d => ("data", d.Key, (string?)$"{d.Value.Name} {d.Value.Digest}")),
            ("weights", "initial", run.Model is { } m ? $"{m.WeightsSource} {m.WeightsDigest}" : null),
            ("weights", "started from", run.Checkpoint is { } c ? $"{c.FileName} {c.Sha256}" : null),
            ("packages", "Itra", p.ItraVersion), ("packages", "runtime", p.Runtime), .. p.Libraries.Select(l => ("packages", l.Key, (string?)l.Value)),
            ("machine", "host", p.Host), ("machine", "system", p.OperatingSystem), ("machine", "device", p.Device), ("machine", "threads", p.Threads.ToString()),
            ("machine", "user", p.User), ("machine", "folder", p.WorkingDirectory),
        ];
    }

    private static string Changes(Provenance provenance) => provenance.Dirty ? "uncommitted, not kept" : "none";
}
