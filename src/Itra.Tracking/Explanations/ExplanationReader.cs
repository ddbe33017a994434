using Itra.Domain.Runs;
using Itra.Tracking.Postgres;
using Itra.Tracking.Reading;

namespace Itra.Tracking.Explanations;

/// <summary>Gathers what the store knows about a score.</summary>
/// <param name="environment">Gives an environment variable's value, or null: the artifact store is asked whether it still has what the run's events name.</param>
/// <param name="asOf">The moment in which the store is looked at; null for now. Whether files are there is always asked of today.</param>
public sealed class ExplanationReader(TrackingDatabase database, Func<string, string?> environment, PointInTime? asOf = null)
{
    private const int MostRuns = 20;

    private readonly RunReader reader = new(database, asOf);
    private readonly ExplanationQueries queries = new(database, asOf);

    /// <exception cref="Itra.Domain.UserErrorException">The run has no such score.</exception>
    public async Task<Explanation> ExplainAsync(string runId, ScoreQuestion question, CancellationToken cancellation)
    {
        var run = RunRecord.Of(runId, await reader.ReadEventsAsync(runId, cancellation));
        var (_, measurement) = question.Choose(runId, Measurement.Of(run));
        // In a store with very many evaluations of one split it takes longer than all else together.
        var before = queries.EvaluationsBeforeAsync(runId, measurement, cancellation);
        var (runs, makers) = await FollowAsync(run, cancellation);
        var seal = await queries.SealAsync(runId, measurement.Version, cancellation);
        var branches = await queries.BranchesAsync(runId, cancellation);
        var evidence = new Evidence(run, runs, makers, await before, branches, seal, await StoredAsync(run, cancellation));
        return Explanation.Of(question, evidence);
    }

    /// <summary>Reads the runs that the run's weights came from, and those that these came from.</summary>
    private async Task<(Dictionary<string, RunRecord> Runs, Dictionary<string, Maker> Makers)> FollowAsync(RunRecord run, CancellationToken cancellation)
    {
        Dictionary<string, RunRecord> runs = new() { [run.RunId] = run };
        Dictionary<string, Maker> makers = [];
        var open = new Queue<RunRecord>([run]);
        while (open.TryDequeue(out var record))
        {
            List<string> sources = record.Registered?.Origin is { } origin ? [origin.RunId] : [];
            foreach (var sha256 in Lineage.FilesOf(record).Where(f => !makers.ContainsKey(f)).Distinct())
            {
                if (await queries.MakerAsync(sha256, cancellation) is not { } maker) continue;
                makers[sha256] = maker;
                sources.Add(maker.RunId);
            }
            foreach (var id in sources.Where(id => !runs.ContainsKey(id)).Distinct().Take(MostRuns - runs.Count))
            {
                runs[id] = RunRecord.Of(id, await reader.ReadEventsAsync(id, cancellation));
                open.Enqueue(runs[id]);
            }
        }
        return (runs, makers);
    }

    private async Task<IReadOnlySet<string>> StoredAsync(RunRecord run, CancellationToken cancellation)
    {
        var artifacts = TrackingRegistration.OpenArtifacts(environment);
        HashSet<string> stored = [];
        foreach (var sha256 in run.Events.SelectMany(e => RunArtifacts.Of(e.Event)).Select(a => a.Sha256).Distinct())
            if (await artifacts.ExistsAsync(sha256, cancellation)) stored.Add(sha256);
        return stored;
    }
}
