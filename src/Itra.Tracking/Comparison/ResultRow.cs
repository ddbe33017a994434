using Itra.Domain.Runs;

namespace Itra.Tracking.Comparison;

/// <summary>What came out of one run, or of several that differ in nothing but their seed.</summary>
/// <param name="Name">Of its first run.</param>
/// <param name="Statuses">One per run, as are seeds and epochs.</param>
/// <param name="Seconds">From start to end; null while a run goes on.</param>
/// <param name="ImagesPerSecond">Mean over the epochs.</param>
public sealed record ResultRow(
    IReadOnlyList<string> RunIds, string Name, IReadOnlyList<int> Seeds, IReadOnlyList<RunStatus> Statuses, IReadOnlyList<int> Epochs,
    Statistic? Seconds, Statistic? ImagesPerSecond, long? Trainable)
{
    internal static ResultRow Of(IReadOnlyList<ComparedRun> runs) => new(
        [.. runs.Select(r => r.Id)], runs[0].Spec.Name, [.. runs.Select(r => r.Spec.Seed)], [.. runs.Select(r => r.Summary.Status)], [.. runs.Select(r => r.Summary.Epoch)],
        Statistic.Of([.. runs.Select(r => (r.Summary.EndedAt - r.Summary.StartedAt)?.TotalSeconds).OfType<double>()]),
        Statistic.Of([.. runs.Select(r => r.Events.OfType<EpochCompleted>().Select(e => e.SamplesPerSecond).ToList()).Where(s => s.Count > 0).Select(s => s.Average())]),
        runs[0].Summary.TrainableParameters);
}
