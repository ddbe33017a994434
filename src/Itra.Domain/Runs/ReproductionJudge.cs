using Itra.Domain.Training;

namespace Itra.Domain.Runs;

/// <summary>Compares a run with the record of another while it runs, command by command. The same commands give the same verdict: it reads no clock and no store.</summary>
public sealed class ReproductionJudge(OriginalRun original, ReproductionTolerance tolerance)
{
    private readonly Dictionary<string, Deviation> deviations = [];
    private readonly Dictionary<string, int> metValues = original.Curves.ToDictionary(c => c.Key, _ => 0);
    private readonly HashSet<string> metFacts = [];
    private bool otherBits;

    public ReproductionTolerance Tolerance => tolerance;

    /// <summary>Steps compared so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Of what was compared last; counted from 1.</summary>
    public int Epoch { get; private set; }

    /// <summary>The first difference that was too large.</summary>
    public Divergence? Divergence { get; private set; }

    /// <summary>By metric, the largest difference so far; empty while all is equal to the bit.</summary>
    public IReadOnlyList<Deviation> Deviations => [.. deviations.Values.OrderBy(d => d.Metric, StringComparer.Ordinal)];

    /// <summary>Whether there is nothing left to compare but the weights where an original was stopped before its end.</summary>
    public bool IsExhausted =>
        original.Facts.Values.All(f => f.Fact.Updates is not null || metFacts.Contains(f.Fact.Key)) && original.Curves.All(c => metValues[c.Key] == c.Value.Steps.Count);

    public Verdict Verdict => Divergence is not null ? Verdict.Diverged : deviations.Count > 0 || otherBits ? Verdict.WithinTolerance : Verdict.BitExact;

    /// <summary>Compares the settings; places, such as the folders of data and logs, may differ.</summary>
    public void Observe(RunSpec spec, IReadOnlySet<string> places)
    {
        foreach (var (key, value) in original.Registered.Spec.Config.Where(c => !places.Contains(c.Key) && spec.Config.GetValueOrDefault(c.Key) != c.Value))
            Diverge(new Divergence($"the setting {key}", 0, null, 1, value, spec.Config.GetValueOrDefault(key, "")));
    }

    public void Observe(RunCommand command)
    {
        if (command is LogMetrics { Chunk: var chunk })
        {
            for (var i = 0; i < chunk.Count; i++) Observe(chunk, i);
            return;
        }
        if (command is StartFromCheckpoint start) Epoch = start.Epoch;
        foreach (var fact in RunFact.Of(command)) Observe(fact);
        if (command is CompleteEpoch complete) Epoch = complete.Epoch;
    }

    /// <summary>After the last command: what a completed original has and was not met is a difference, too.</summary>
    public void Conclude()
    {
        if (original.Status != RunStatus.Completed) return;
        foreach (var (metric, curve) in original.Curves.Where(c => metValues[c.Key] < c.Value.Steps.Count))
            Diverge(new Divergence(metric, Epoch, null, original.VersionOf(curve.Steps[^1]), $"{curve.Steps.Count} steps", $"{metValues[metric]} steps"));
        // Those within epochs may hang on the clock, or on the moment somebody stopped it: the weights at the end count.
        var last = original.Facts.Values.Where(f => f.Fact.Updates is not null).MaxBy(f => f.Fact.Updates);
        foreach (var (key, expected) in original.Facts.Where(f => !metFacts.Contains(f.Key) && (f.Value.Fact.Updates is null || f.Value == last)))
            Diverge(new Divergence(expected.Fact.What, expected.Fact.Epoch, null, expected.Version, expected.Fact.Text, "nothing"));
    }

    private void Observe(MetricChunk chunk, int at)
    {
        var step = chunk.FirstStep + at;
        Steps++;
        foreach (var (name, column) in chunk.Names.Zip(chunk.Values))
        {
            if (!original.Curves.TryGetValue(name, out var curve) || curve.Steps.Count == 0) continue;
            if (curve.At(step) is { } expected)
            {
                metValues[name]++;
                Compare(name, expected, column[at], tolerance.Of(name, expected), Epoch + 1, step, original.VersionOf(step), name);
            }
            else if (original.Status == RunStatus.Completed)
            {
                Diverge(new Divergence(name, Epoch + 1, step, null, "nothing", RunFact.Write(column[at])));
            }
        }
    }

    private void Observe(RunFact found)
    {
        if (!original.Facts.TryGetValue(found.Key, out var recorded)) return;
        var expected = recorded.Fact;
        metFacts.Add(found.Key);
        if (expected.Kind == FactKind.Computed)
            Compare(Metric(expected), expected.Number, found.Number, tolerance.Of(expected), expected.Epoch, null, recorded.Version, expected.What);
        else if (expected.Text != found.Text && (expected.Kind == FactKind.Given || tolerance.IsExact))
            Diverge(new Divergence(expected.What, expected.Epoch, expected.Updates is { } updates ? updates - 1 : null, recorded.Version, expected.Text, found.Text));
        else if (expected.Text != found.Text)
            otherBits = true;
    }

    private void Compare(string metric, double expected, double found, double allowed, int epoch, long? step, long? version, string what)
    {
        if (expected.Equals(found)) return;
        var distance = Math.Abs(expected - found);
        if (!deviations.TryGetValue(metric, out var worst) || !(distance <= worst.Largest)) deviations[metric] = new Deviation(metric, distance, allowed);
        // Not-a-number is never near anything.
        if (!(distance <= allowed)) Diverge(new Divergence(what, epoch, step, version, RunFact.Write(expected), RunFact.Write(found)));
    }

    private void Diverge(Divergence divergence) => Divergence ??= divergence;

    private static string Metric(RunFact fact) => fact.Queries > 0 ? fact.What : "training/mean-loss";
}
