namespace Itra.Tracking.Retention;

/// <param name="Kept">Why it stays; null if it goes.</param>
public sealed record Choice(Holding Checkpoint, string? Kept);

/// <summary>Says of each checkpoint whether it stays, and why.</summary>
/// <param name="runs">All of the store, by id.</param>
/// <param name="pending">Digests of files that events name which are not in the store yet.</param>
/// <param name="youngAfter">What was saved later is left alone: who refers to it may not have said so yet.</param>
internal sealed class KeepDecision(IReadOnlyDictionary<string, RunHoldings> runs, IReadOnlySet<string> pending, KeepRule rule, DateTimeOffset youngAfter)
{
    private readonly ILookup<string, string> users = runs.SelectMany(r => r.Value.References.Select(file => (File: file, RunId: r.Key))).ToLookup(r => r.File, r => r.RunId);

    private readonly ILookup<string, string> atWork = runs.Values
        .Where(r => r.Origin is not null && !r.Run.HasEnded).ToLookup(r => r.Origin!.RunId, r => r.Run.Id);

    /// <summary>The checkpoints of a run whose files are not given up yet.</summary>
    public IReadOnlyList<Choice> Of(RunHoldings run)
    {
        var all = run.Checkpoints.Where(c => c.Fate.Deletion is null).ToList();
        var standing = all.Where(c => !c.IsSuperseded).ToList();
        var scored = standing.Where(c => c.MeanRecall is not null).ToList();
        // Of equal recalls, the earliest is the best: the order is stable.
        var best = (scored.Count > 0 ? scored.OrderByDescending(c => c.MeanRecall).Take(rule.Best) : standing.TakeLast(rule.Best)).ToHashSet();
        var last = standing.TakeLast(rule.Last).ToHashSet();
        return [.. all.Select(c => new Choice(c, Why(run, c, best, last)))];
    }

    private string? Why(RunHoldings run, Holding c, HashSet<Holding> best, HashSet<Holding> last)
    {
        var file = c.Saved.Artifact.Sha256;
        return c.Fate.Pin is not null ? "pinned"
            : best.Contains(c) ? "best"
            : last.Contains(c) ? "last"
            : !run.Run.HasEnded ? "the run has not ended"
            : users[file].Order(StringComparer.Ordinal).FirstOrDefault() is { } user ? user == run.Run.Id ? "used by its own run" : $"used by {user}"
            : atWork[run.Run.Id].FirstOrDefault() is { } other ? $"{other} is made from the run, and has not ended"
            : pending.Contains(file) ? "named by events that are not in the store yet"
            : c.Saved.At > youngAfter ? "too young"
            : null;
    }
}
