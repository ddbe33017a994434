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
        (not null, RetrievalEvaluated r) => entry.With(new Evaluation(r.Epoch, r.Dataset, r.DatasetDigest, r.Weights, r.Scores.ByMetric())),
        (not null, ClassificationEvaluated c) => entry.With(new Evaluation(c.Epoch, c.Dataset, c.DatasetDigest, c.Weights, c.Scores)),
        (not null, WiseFtEvaluated w) => entry.With(new Evaluation(
            w.Epoch, string.Join(',', w.Datasets.Keys.Order(StringComparer.Ordinal)), string.Join(',', w.Datasets.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => d.Value)),
            $"wise-ft {w.Alpha:0.####}", w.Scores)),
        _ => entry,
    };

    private LeaderboardEntry With(Evaluation evaluation) => this with { Evaluations = Evaluations.Add(evaluation) };
}

/// <summary>The outcome of one evaluation.</summary>
/// <param name="Weights">Which were evaluated: <c>raw</c>, <c>ema</c>, or <c>wise-ft</c> with its alpha.</param>
/// <param name="Scores">By metric name.</param>
public sealed record Evaluation(int Epoch, string Dataset, string DatasetDigest, string Weights, IReadOnlyDictionary<string, double> Scores);

internal sealed class LeaderboardProjection : SingleStreamProjection<LeaderboardEntry, string>
{
    public override LeaderboardEntry? Evolve(LeaderboardEntry? snapshot, string id, IEvent e) => e.Data is RunEvent told ? LeaderboardEntry.Fold(snapshot, told) : snapshot;
}
