using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;

namespace Itra.Cli.Output;

/// <summary>One run as <c>runs show</c> tells it, gathered from its events.</summary>
internal sealed record RunReport(
    RunSummary Run, RunSpec? Spec, Provenance? Provenance, IReadOnlyList<DatasetFingerprinted> Datasets, ModelInitialised? Model,
    IReadOnlyList<EpochCompleted> Epochs, IReadOnlyList<RetrievalEvaluated> Evaluations, IReadOnlyList<ClassificationEvaluated> Classifications, IReadOnlyList<CheckpointSaved> Checkpoints,
    IReadOnlyList<CurveOutline> Curves)
{
    public static RunReport Of(RunSummary run, IReadOnlyList<StoredEvent> stored, IReadOnlyList<MetricCurve> curves)
    {
        // Events of a later program are unknown to this one, and left out.
        var events = stored.Select(e => EventJson.Read(e.Type, e.Data)).OfType<RunEvent>().ToList();
        var registered = events.OfType<RunRegistered>().FirstOrDefault();
        return new RunReport(run, registered?.Spec, registered?.Provenance, [.. events.OfType<DatasetFingerprinted>()], events.OfType<ModelInitialised>().FirstOrDefault(),
            [.. events.OfType<EpochCompleted>()], [.. events.OfType<RetrievalEvaluated>()], [.. events.OfType<ClassificationEvaluated>()], [.. events.OfType<CheckpointSaved>()], [.. curves.Where(c => c.Values.Count > 0).Select(CurveOutline.Of)]);
    }
}

/// <summary>A metric over the whole run, in at most <see cref="Points"/> values: means over equal stretches of steps.</summary>
internal sealed record CurveOutline(string Name, double Last, double Min, double Max, IReadOnlyList<double> Values)
{
    public const int Points = 60;

    public static CurveOutline Of(MetricCurve curve) =>
        new(curve.Metric, curve.Values[^1], curve.Values.Min(), curve.Values.Max(), Sparkline.Means([.. curve.Values.Where(double.IsFinite)], Points));
}
