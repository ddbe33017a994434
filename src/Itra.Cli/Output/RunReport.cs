using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Comparison;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;

namespace Itra.Cli.Output;

/// <summary>One run as <c>runs show</c> tells it, gathered from its events. What a resumption has superseded is left out.</summary>
internal sealed record RunReport(
    RunSummary Run, RunSpec? Spec, Provenance? Provenance, IReadOnlyList<DatasetFingerprinted> Datasets, ModelInitialised? Model,
    IReadOnlyList<EpochCompleted> Epochs, IReadOnlyList<RetrievalEvaluated> Evaluations, IReadOnlyList<ClassificationEvaluated> Classifications, IReadOnlyList<CheckpointSaved> Checkpoints,
    IReadOnlyList<CurveOutline> Curves)
{
    /// <summary>Files other than data sets that were read.</summary>
    public IReadOnlyList<InputFingerprinted> Inputs { get; init; } = [];

    public IReadOnlyList<RunResumed> Resumptions { get; init; } = [];

    /// <summary>Comparisons of this run with a reproduction, or with its original.</summary>
    public IReadOnlyList<ReproductionJudged> Verdicts { get; init; } = [];

    public static RunReport Of(RunSummary run, IReadOnlyList<StoredEvent> stored, IReadOnlyList<MetricCurve> curves)
    {
        // Events of a later program are unknown to this one, and left out.
        var events = stored.Select(e => EventJson.Read(e.Type, e.Data)).OfType<RunEvent>().ToList();
        var registered = events.OfType<RunRegistered>().FirstOrDefault();
        var standing = StandingEvents.Of(events);
        return new RunReport(
            run, registered?.Spec, registered?.Provenance, All<DatasetFingerprinted>(), events.OfType<ModelInitialised>().FirstOrDefault(),
            All<EpochCompleted>(), All<RetrievalEvaluated>(), All<ClassificationEvaluated>(), All<CheckpointSaved>(), [.. curves.Where(c => c.Values.Count > 0).Select(CurveOutline.Of)])
        {
            Inputs = All<InputFingerprinted>(), Resumptions = All<RunResumed>(), Verdicts = All<ReproductionJudged>(),
        };

        IReadOnlyList<T> All<T>() => [.. standing.OfType<T>()];
    }
}

/// <summary>A metric over the whole run, in at most <see cref="Points"/> values: means over equal stretches of steps.</summary>
internal sealed record CurveOutline(string Name, double Last, double Min, double Max, IReadOnlyList<double> Values)
{
    public const int Points = 60;

    public static CurveOutline Of(MetricCurve curve) =>
        new(curve.Metric, curve.Values[^1], curve.Values.Min(), curve.Values.Max(), Sparkline.Means([.. curve.Values.Where(double.IsFinite)], Points));
}
