using Itra.Cli.Sweeps;

namespace Itra.Cli.Ablations;

/// <summary>The way from one run to another: each change alone, and one after another.</summary>
/// <param name="Rungs">The start, every change alone, then the ladder from its second rung; its first one is the first change alone. The last is where it leads.</param>
internal sealed record AblationLadder(IReadOnlyDictionary<string, string> Base, IReadOnlyList<Change> Changes, IReadOnlyList<Rung> Rungs)
{
    public const string Start = "start";

    /// <param name="from">Every setting of the run that is started from, but its name.</param>
    /// <param name="to">Those of them that are others in the run that is reached.</param>
    /// <param name="isSound">Whether settings make sense together.</param>
    public static AblationLadder Between(IReadOnlyDictionary<string, string> from, IReadOnlyDictionary<string, string> to, Func<IReadOnlyDictionary<string, string>, bool> isSound)
    {
        var changes = Ablations.Changes.Of(from, to, isSound);
        List<Rung> rungs = [new(Start, [], null), .. changes.Select(c => new Rung($"only-{c.Name}", [c], Start))];
        var (below, climbed) = (rungs.Count > 1 ? rungs[1].Trial : Start, changes.Take(1).ToList());
        foreach (var change in changes.Skip(1))
        {
            climbed.Add(change);
            // What does not stand by itself is passed on the way to the next rung.
            if (climbed.Count < changes.Count && !isSound(climbed.Aggregate(from, (settings, c) => Change.Joined(settings, c.Settings)))) continue;
            var rung = new Rung($"ladder-{climbed.Count}-{change.Name}", [.. climbed], below);
            rungs.Add(rung);
            below = rung.Trial;
        }
        return new AblationLadder(from, changes, rungs);
    }

    /// <param name="marks">What else the run that is reached was asked for: it is known again only by that.</param>
    public Recipe Recipe(string name, string title, string metric, IReadOnlyDictionary<string, string> marks) => new(
        name, title, "", metric, [], new Picture(null, AxisScale.Even, null), Base.Where(s => s.Value.Length > 0).ToDictionary(),
        [.. Rungs.Select(r => new Trial(r.Trial, r == Rungs[^1] ? Change.Joined(r.Settings, marks) : r.Settings, new Dictionary<string, double>(), null))]);
}

/// <summary>A trial of a ladder.</summary>
/// <param name="Below">The trial whose score it is held against; null for the start.</param>
internal sealed record Rung(string Trial, IReadOnlyList<Change> Changes, string? Below)
{
    /// <summary>What differs from the start.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; } =
        Changes.Aggregate((IReadOnlyDictionary<string, string>)new Dictionary<string, string>(), (settings, change) => Change.Joined(settings, change.Settings));
}
