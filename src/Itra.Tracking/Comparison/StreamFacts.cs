using Itra.Domain.Runs;

namespace Itra.Tracking.Comparison;

/// <summary>What a run says of itself beside its metrics, in order.</summary>
internal sealed class StreamFacts
{
    // They follow from settings and data, which are compared by themselves.
    private static readonly string[] Derived = ["plan", "parameters"];

    private readonly OrderedDictionary<string, (RunFact Fact, long Updates)> facts = [];
    private readonly List<EpochCompleted> epochs;

    public StreamFacts(ComparedRun run)
    {
        epochs = [.. run.Lineage.OfType<EpochCompleted>()];
        Updates = Math.Max(epochs.Count == 0 ? 0 : epochs[^1].Step, run.Curves.Select(c => c.Steps.Count == 0 ? 0 : c.Steps[^1] + 1).DefaultIfEmpty().Max());
        long updates = 0;
        foreach (var e in run.Lineage)
        {
            if (e is EpochCompleted done) updates = done.Step;
            foreach (var fact in RunFact.Of(e).Where(f => !Derived.Contains(f.Key))) facts.TryAdd(fact.Key, (fact, fact.Updates ?? updates));
        }
    }

    /// <summary>Optimizer updates.</summary>
    public long Updates { get; }

    public bool HasTheSameAs(StreamFacts other) => facts.Keys.ToHashSet().SetEquals(other.facts.Keys);

    /// <summary>The first fact that another run tells differently, and the updates done when it became known.</summary>
    public (long Updates, Divergence What)? FirstAgainst(StreamFacts other)
    {
        foreach (var (key, (fact, updates)) in facts)
        {
            if (!other.facts.TryGetValue(key, out var found) || fact.Text == found.Fact.Text) continue;
            var (expected, was) = Numbers.Apart(fact, found.Fact);
            return (updates, new Divergence(fact.What, fact.Epoch, null, null, expected, was));
        }
        return null;
    }

    /// <summary>The epoch that a step belongs to, counted from 1.</summary>
    public int EpochOf(long step) => epochs.Count(e => e.Step <= step) + 1;

    /// <summary>The last of so many steps.</summary>
    public StreamPlace? LastOf(long updates) => updates > 0 ? new StreamPlace(EpochOf(updates - 1), updates - 1) : null;
}
