using Itra.Domain.Runs;

namespace Itra.Tracking.Comparison;

/// <summary>One thing that a run recorded beside its metrics.</summary>
/// <param name="What">For people.</param>
/// <param name="Key">Finds the same thing in another run.</param>
/// <param name="Updates">Optimizer updates done when it became known.</param>
/// <param name="Value">A text or a double.</param>
internal sealed record RecordedFact(string What, string Key, int Epoch, long Updates, object Value)
{
    public Divergence Against(RecordedFact other)
    {
        var (expected, found) = Numbers.Apart(Value, other.Value);
        return new Divergence(What, Epoch, null, null, expected, found);
    }
}

/// <summary>
/// What a run recorded, in order, without what no two runs share: ids, times, speeds. The plan follows from settings and data, and a
/// checkpoint file holds the run's name and folders: neither says more than the rest.
/// </summary>
internal sealed class RecordedFacts
{
    private readonly Dictionary<string, RecordedFact> byKey = [];
    private readonly List<EpochCompleted> epochs;

    public RecordedFacts(ComparedRun run)
    {
        epochs = [.. run.Lineage.OfType<EpochCompleted>()];
        Updates = Math.Max(epochs.Count == 0 ? 0 : epochs[^1].Step, run.Curves.Select(c => c.Steps.Count == 0 ? 0 : c.Steps[^1] + 1).DefaultIfEmpty().Max());
        long updates = 0;
        foreach (var e in run.Lineage)
        {
            if (e is EpochCompleted done) updates = done.Step;
            foreach (var (what, key, epoch, value) in Told(e))
            {
                var fact = new RecordedFact(what, key, epoch, updates, value);
                if (byKey.TryAdd(key, fact)) All.Add(fact);
            }
        }
    }

    public List<RecordedFact> All { get; } = [];

    public IReadOnlySet<string> Keys => byKey.Keys.ToHashSet();

    /// <summary>Optimizer updates.</summary>
    public long Updates { get; }

    public RecordedFact? Find(string key) => byKey.GetValueOrDefault(key);

    /// <summary>The epoch that a step belongs to, counted from 1.</summary>
    public int EpochOf(long step) => epochs.Count(e => e.Step <= step) + 1;

    /// <summary>The last of so many steps.</summary>
    public StreamPlace? Before(long updates) => updates > 0 ? new StreamPlace(EpochOf(updates - 1), updates - 1) : null;

    private static IEnumerable<(string What, string Key, int Epoch, object Value)> Told(RunEvent e) => e switch
    {
        DatasetFingerprinted d => [($"{d.Role} data", $"data {d.Role}", 0, d.Dataset.Digest)],
        ModelInitialised m => [("initial weights", "weights", 0, m.WeightsDigest)],
        StartedFromCheckpoint c => [("starting checkpoint", "checkpoint", 0, c.Sha256)],
        SamplesSkipped s => [("skipped samples", $"skipped {s.Epoch} {s.Role}", s.Epoch, (double)s.Count)],
        EpochCompleted c => [("mean loss", $"loss {c.Epoch}", c.Epoch, c.Loss), ("learning rate", $"rate {c.Epoch}", c.Epoch, c.LearningRate)],
        RetrievalEvaluated r => r.Scores.ByMetric().Select(s => ($"{s.Key} on {r.Dataset}", $"score {r.Epoch} {r.DatasetDigest} {r.Weights} {s.Key}", r.Epoch, (object)s.Value)),
        ClassificationEvaluated c => c.Scores.Select(s => (s.Key, $"score {c.Epoch} {c.DatasetDigest} {c.Weights} {s.Key}", c.Epoch, (object)s.Value)),
        WiseFtEvaluated w => w.Scores.Select(s => ($"{s.Key} at alpha {w.Alpha:0.####}", $"mixed {w.Alpha} {w.Epoch} {s.Key}", w.Epoch, (object)s.Value)),
        _ => [],
    };
}
