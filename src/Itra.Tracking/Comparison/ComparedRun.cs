using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;

namespace Itra.Tracking.Comparison;

/// <summary>A run as it is compared: its events that stand, in order, and the values of its metrics.</summary>
/// <param name="Events">The first one registers it.</param>
public sealed record ComparedRun(RunSummary Summary, IReadOnlyList<RunEvent> Events, IReadOnlyList<MetricCurve> Curves)
{
    /// <summary>Epochs and scores up to where the run parts from the one it branched from; empty if it did not.</summary>
    public IReadOnlyList<RunEvent> Inherited { get; init; } = [];

    public string Id => Summary.Id;

    public RunSpec Spec => Registered.Spec;

    public Provenance Provenance => Registered.Provenance;

    internal RunRegistered Registered { get; } = Events.OfType<RunRegistered>().First();

    /// <summary>The run it branched from.</summary>
    internal RunOrigin? Branch => Registered.Origin is { Kind: OriginKind.Branch } origin ? origin : null;

    internal ModelInitialised? Model => Events.OfType<ModelInitialised>().LastOrDefault();

    internal StartedFromCheckpoint? Checkpoint => Events.OfType<StartedFromCheckpoint>().FirstOrDefault();

    /// <summary>By role.</summary>
    internal IEnumerable<KeyValuePair<string, DatasetFingerprint>> Datasets =>
        Events.OfType<DatasetFingerprinted>().DistinctBy(d => d.Role).Select(d => KeyValuePair.Create(d.Role, d.Dataset));

    /// <summary>Its own events, with what it inherited between its start and its first epoch.</summary>
    internal IEnumerable<RunEvent> Lineage
    {
        get
        {
            var start = Events.TakeWhile(e => e is not MetricsLogged && StandingEvents.EpochOf(e) is null).ToList();
            return [.. start, .. Inherited, .. Events.Skip(start.Count)];
        }
    }

    /// <summary>Samples of an epoch without episodes; null if no data were read for training.</summary>
    public long? TrainingSamples => Datasets.Where(d => d.Key == "train").Select(d => (long?)d.Value.Items).FirstOrDefault();

    /// <summary>A metric after the last epoch that was evaluated on some data; null if it was not.</summary>
    public double? LastScore(string metric, string datasetDigest) =>
        Measurements.Where(m => m.Metric == metric && m.DatasetDigest == datasetDigest).Select(m => (double?)m.Value).LastOrDefault();

    /// <summary>Every evaluation of the run's own weights, in order; mixtures of weights are other models.</summary>
    internal IEnumerable<Measurement> Measurements => Lineage.SelectMany(e => e switch
    {
        RetrievalEvaluated r => r.Scores.ByMetric().Select(s => new Measurement(r.Epoch, r.Dataset, r.DatasetDigest, r.Weights, s.Key, s.Value)),
        ClassificationEvaluated c => c.Scores.Select(s => new Measurement(c.Epoch, c.Dataset, c.DatasetDigest, c.Weights, s.Key, s.Value)),
        _ => [],
    });

    /// <summary>Every setting with its default where the run has none, and what it was asked for besides.</summary>
    internal IReadOnlyDictionary<string, string> Settings(ComparisonRules rules)
    {
        Dictionary<string, string> settings = new(rules.Defaults);
        foreach (var (key, value) in Spec.Config) settings[key] = value;
        settings[ComparisonRules.Trainer] = Spec.Trainer;
        settings[ComparisonRules.Experiment] = Spec.Experiment;
        settings[ComparisonRules.Name] = Spec.Name;
        settings[ComparisonRules.Seed] = Spec.Seed.ToString();
        return settings;
    }
}

/// <summary>A score of one evaluation.</summary>
/// <param name="Value">In percent.</param>
internal sealed record Measurement(int Epoch, string Dataset, string DatasetDigest, string Weights, string Metric, double Value);
