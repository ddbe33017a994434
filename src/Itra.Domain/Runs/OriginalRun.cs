namespace Itra.Domain.Runs;

/// <param name="Version">Of the event that says so.</param>
public sealed record RecordedFact(RunFact Fact, long Version);

/// <param name="Version">Of the event that vouches for these steps.</param>
public sealed record RecordedChunk(long FirstStep, long Count, long Version);

/// <summary>Values of a metric by step, ascending; both of one length.</summary>
public sealed record RecordedCurve(IReadOnlyList<long> Steps, IReadOnlyList<double> Values)
{
    /// <summary>The value at a step, or null if there is none.</summary>
    public double? At(long step)
    {
        var (low, high) = (0, Steps.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (Steps[middle] == step) return Values[middle];
            (low, high) = Steps[middle] < step ? (middle + 1, high) : (low, middle - 1);
        }
        return null;
    }
}

/// <summary>What a recorded run says of itself, as far as running it again has to give the same. What a resumption superseded is not part of it.</summary>
/// <param name="Facts">By key, in the order of recording.</param>
/// <param name="Curves">By metric; of a branch, from its first own step on.</param>
/// <param name="Chunks">Blocks of metric values, in the order of recording.</param>
public sealed record OriginalRun(
    RunRegistered Registered, RunStatus Status, IReadOnlyDictionary<string, RecordedFact> Facts, IReadOnlyDictionary<string, RecordedCurve> Curves, IReadOnlyList<RecordedChunk> Chunks)
{
    private const string Timings = "profiling/";

    /// <param name="events">All of the run, each with its version.</param>
    /// <param name="curves">Its metrics, as they count now.</param>
    public static OriginalRun Of(IReadOnlyList<(long Version, RunEvent Event)> events, IReadOnlyDictionary<string, RecordedCurve> curves)
    {
        var facts = new OrderedDictionary<string, RecordedFact>();
        List<RecordedChunk> chunks = [];
        var run = Run.Unknown;
        foreach (var (version, e) in events)
        {
            run = run.Evolve(e);
            if (e is RunResumed r)
            {
                foreach (var (key, _) in facts.Where(f => r.SupersedesEpoch(f.Value.Fact.Epoch) || f.Value.Fact.Updates > r.Updates).ToList()) facts.Remove(key);
                chunks = [.. chunks.Where(c => !r.SupersedesStep(c.FirstStep)).Select(c => c with { Count = Math.Min(c.Count, r.Updates - c.FirstStep) })];
            }
            if (e is MetricsLogged m) chunks.Add(new RecordedChunk(m.FirstStep, m.Count, version));
            foreach (var fact in RunFact.Of(e)) facts[fact.Key] = new RecordedFact(fact, version);
        }
        var registered = events.Select(e => e.Event).OfType<RunRegistered>().First();
        var first = registered.Origin is { Kind: OriginKind.Branch } origin ? origin.Updates : 0;
        return new OriginalRun(registered, run.Status, facts,
            curves.Where(c => !c.Key.StartsWith(Timings, StringComparison.Ordinal)).ToDictionary(c => c.Key, c => From(first, c.Value)), chunks);
    }

    /// <summary>The event that vouches for a step's values.</summary>
    public long? VersionOf(long step) => Chunks.LastOrDefault(c => c.FirstStep <= step && step < c.FirstStep + c.Count)?.Version;

    private static RecordedCurve From(long first, RecordedCurve curve)
    {
        var before = curve.Steps.TakeWhile(s => s < first).Count();
        return before == 0 ? curve : new RecordedCurve([.. curve.Steps.Skip(before)], [.. curve.Values.Skip(before)]);
    }
}
