using Itra.Domain.Runs;
using Itra.Domain.Training;

namespace Itra.Tracking.Explanations;

/// <summary>How a score was obtained: everything that the store knows about it.</summary>
/// <param name="Value">In the metric's own unit; scores are in percent.</param>
/// <param name="EpochsCompleted">Epochs the run has completed so far.</param>
public sealed record Explanation(
    string RunId, string Name, string Experiment, string Trainer, int Seed, RunStatus Status, string Metric, double Value, Measurement Measurement,
    Selection Selection, ScoredWeights Weights, IReadOnlyList<Ancestor> Ancestors, IReadOnlyList<DatasetFingerprinted> Datasets,
    IReadOnlyList<InputFingerprinted> Inputs, ModelInitialised? Model, IReadOnlyDictionary<string, string> Settings, Provenance? Provenance,
    DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, int EpochsCompleted)
{
    /// <summary>Why it failed or was cancelled, if it was.</summary>
    public string? EndReason { get; init; }

    public IReadOnlyList<RunResumed> Resumptions { get; init; } = [];

    /// <summary>Runs that branched off this one.</summary>
    public IReadOnlyList<Descendant> Branches { get; init; } = [];

    /// <summary>Comparisons of this run with a reproduction, or with its original.</summary>
    public IReadOnlyList<ReproductionJudged> Verdicts { get; init; } = [];

    /// <summary>The first seal that covers the score's event; null if there is none.</summary>
    public CoveringSeal? Seal { get; init; }

    /// <summary>Puts together what was gathered. Reads nothing itself.</summary>
    internal static Explanation Of(ScoreQuestion question, Evidence evidence)
    {
        var record = evidence.Run;
        var registered = record.Registered ?? throw new ArgumentException($"{record.RunId} was never registered", nameof(evidence));
        var measurements = Measurement.Of(record);
        var (metric, measurement) = question.Choose(record.RunId, measurements);
        var (spec, state) = (registered.Spec, record.Events.Aggregate(Run.Unknown, (run, e) => run.Evolve(e.Event)));
        var end = record.Events.LastOrDefault(e => e.Event is RunCompleted or RunFailed or RunCancelled)?.Event;
        return new Explanation(
            record.RunId, spec.Name, spec.Experiment, spec.Trainer, spec.Seed, state.Status, metric, measurement.Scores[metric], measurement,
            Selection.Of(metric, measurement, measurements) with { StoreEvaluationsBefore = evidence.Before.Evaluations, StoreRunsBefore = evidence.Before.Runs },
            ScoredWeights.Of(measurement, record, evidence.Stored), new Lineage(evidence.Runs, evidence.Makers).Of(record.RunId),
            [.. record.All<DatasetFingerprinted>()], [.. record.All<InputFingerprinted>()], record.First<ModelInitialised>(), spec.Config, registered.Provenance,
            record.First<RunStarted>()?.At ?? record.First<RunResumed>()?.At, state.HasEnded ? end?.At : null, state.Epoch)
        {
            EndReason = !state.HasEnded ? null : end switch { RunFailed f => f.Reason, RunCancelled c => c.Reason, _ => null },
            Resumptions = [.. record.All<RunResumed>()],
            Branches = evidence.Branches,
            Verdicts = [.. record.All<ReproductionJudged>()],
            Seal = evidence.Seal,
        };
    }
}

/// <summary>A run that goes on from a checkpoint of another.</summary>
/// <param name="Epoch">Epochs completed where they part.</param>
public sealed record Descendant(string RunId, string Name, int Epoch);

/// <summary>The seal that vouches for an event.</summary>
public sealed record CoveringSeal(long Number, DateTimeOffset At);
