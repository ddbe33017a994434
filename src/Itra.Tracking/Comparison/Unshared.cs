namespace Itra.Tracking.Comparison;

/// <summary>Scores that compare with nothing here: no other run was evaluated on just these data.</summary>
public sealed record Unshared(string Dataset, string DatasetDigest, string RunId)
{
    internal static IReadOnlyList<Unshared> Of(IReadOnlyList<ComparedRun> runs) =>
    [
        .. runs.SelectMany(r => r.Measurements.DistinctBy(m => m.DatasetDigest).Select(m => new Unshared(m.Dataset, m.DatasetDigest, r.Id)))
            .GroupBy(u => u.DatasetDigest).Where(g => g.Count() == 1).Select(g => g.Single()),
    ];
}
