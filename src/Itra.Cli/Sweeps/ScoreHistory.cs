using Itra.Domain.Runs;
using Itra.Tracking.Reading;

namespace Itra.Cli.Sweeps;

/// <summary>What a run scored, evaluation by evaluation.</summary>
/// <param name="Scores">Percent, by metric.</param>
internal sealed record Evaluated(int Epoch, IReadOnlyDictionary<string, double> Scores);

/// <summary>The scores of all runs, by run, each in the order of evaluation. What a resumption took back is left out.</summary>
internal static class ScoreHistory
{
    public static async Task<ILookup<string, Evaluated>> ReadAsync(RunReader reader, CancellationToken cancellation)
    {
        var retrievals = await reader.ReadEventsAsync<RetrievalEvaluated>(cancellation);
        var classifications = await reader.ReadEventsAsync<ClassificationEvaluated>(cancellation);
        var resumptions = (await reader.ReadEventsAsync<RunResumed>(cancellation)).ToLookup(e => e.RunId);
        return retrievals.Select(e => (e.RunId, e.Version, Score: new Evaluated(e.Event.Epoch, e.Event.Scores.ByMetric())))
            .Concat(classifications.Select(e => (e.RunId, e.Version, Score: new Evaluated(e.Event.Epoch, e.Event.Scores))))
            .Where(e => !resumptions[e.RunId].Any(r => r.Version > e.Version && r.Event.SupersedesEpoch(e.Score.Epoch)))
            .OrderBy(e => e.Score.Epoch).ThenBy(e => e.Version)
            .ToLookup(e => e.RunId, e => e.Score);
    }
}
