using System.Collections.Immutable;
using Itra.Domain.Runs;
using JasperFx.Events;
using Marten.Events.Aggregation;

namespace Itra.Tracking.Leaderboards;

/// <summary>Everything a run scored, so that any ranking can be made of it later.</summary>
public sealed record LeaderboardEntry(string Id, string Name, string Experiment, string Trainer, DateTimeOffset RegisteredAt)
{
    public ImmutableList<Evaluation> Evaluations { get; init; } = [];

    public static LeaderboardEntry? Fold(LeaderboardEntry? entry, RunEvent e) => (entry, e) switch
    {
        (null, RunRegistered r) => new LeaderboardEntry(r.RunId, r.Spec.Name, r.Spec.Experiment, r.Spec.Trainer, r.At),
        (not null, RetrievalEvaluated r) => entry with
        {
            Evaluations = entry.Evaluations.Add(new Evaluation(r.Epoch, r.Dataset, r.DatasetDigest, r.Weights, r.Scores.ByMetric())),
        },
        _ => entry,
    };
}

/// <summary>The outcome of one evaluation.</summary>
/// <param name="Weights">Which were evaluated: <c>raw</c> or <c>ema</c>.</param>
/// <param name="Scores">By metric name.</param>
public sealed record Evaluation(int Epoch, string Dataset, string DatasetDigest, string Weights, IReadOnlyDictionary<string, double> Scores);

internal sealed class LeaderboardProjection : SingleStreamProjection<LeaderboardEntry, string>
{
    public override LeaderboardEntry? Evolve(LeaderboardEntry? snapshot, string id, IEvent e) => LeaderboardEntry.Fold(snapshot, (RunEvent)e.Data);
}
