using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;

namespace Itra.Cli.Output;

/// <summary>One run as <c>runs show</c> tells it, gathered from its events.</summary>
internal sealed record RunReport(
    RunSummary Run, RunSpec? Spec, Provenance? Provenance, IReadOnlyList<DatasetFingerprinted> Datasets, ModelInitialised? Model,
    IReadOnlyList<EpochCompleted> Epochs, IReadOnlyList<RetrievalEvaluated> Evaluations, IReadOnlyList<CheckpointSaved> Checkpoints,
    IReadOnlyList<MetricCurve> Curves)
{
    public static RunReport Of(RunSummary run, IReadOnlyList<StoredEvent> stored)
    {
        // Events of a later program are unknown to this one, and left out.
        var events = stored.Select(e => EventJson.Read(e.Type, e.Data)).OfType<RunEvent>().ToList();
        var registered = events.OfType<RunRegistered>().FirstOrDefault();
        return new RunReport(run, registered?.Spec, registered?.Provenance, [.. events.OfType<DatasetFingerprinted>()], events.OfType<ModelInitialised>().FirstOrDefault(),
            [.. events.OfType<EpochCompleted>()], [.. events.OfType<RetrievalEvaluated>()], [.. events.OfType<CheckpointSaved>()], MetricCurve.Of(events));
    }
}

/// <summary>A metric over the run, one value per stored block of steps: enough for a line of text, without reading every point.</summary>
internal sealed record MetricCurve(string Name, double Last, double Min, double Max, IReadOnlyList<double> Values)
{
    public static IReadOnlyList<MetricCurve> Of(IEnumerable<RunEvent> events) =>
        [.. events.OfType<MetricsLogged>().SelectMany(m => m.Series).GroupBy(s => s.Name).Select(s => new MetricCurve(
            s.Key, s.Last().Last, s.Min(m => m.Min), s.Max(m => m.Max), [.. s.Select(m => m.Last)]))];
}
