using Itra.Domain.Training;

namespace Itra.Tracking.Leaderboards;

public enum Direction { HigherIsBetter, LowerIsBetter }

/// <summary>A rule by which runs are ranked. A changed rule is a new version, so that two printed boards can be told apart.</summary>
/// <param name="Metric">The score that counts.</param>
/// <param name="Dataset">Name of the only data set that counts, or at least 8 characters of its digest; null for any.</param>
/// <param name="Experiment">The only experiment that counts; null for any.</param>
public sealed record LeaderboardDefinition(
    string Name, int Version, string Metric, string? Dataset = null, Direction Direction = Direction.HigherIsBetter, string? Experiment = null)
{
    public static readonly LeaderboardDefinition MeanRecall = new("mean-recall", 1, RetrievalScores.MeanRecallMetric);

    internal bool Counts(LeaderboardEntry entry) => Experiment is null || entry.Experiment == Experiment;

    internal bool Counts(Evaluation e) => e.Scores.TryGetValue(Metric, out var score) && !double.IsNaN(score) && (Dataset is null || Dataset == e.Dataset || (Dataset.Length >= 8 && e.DatasetDigest.StartsWith(Dataset, StringComparison.Ordinal)));

    /// <summary>Sorts the best first.</summary>
    internal double Key(double score) => Direction == Direction.HigherIsBetter ? -score : score;
}

/// <summary>A run's place, and the evaluation that earned it.</summary>
public sealed record LeaderboardRow(
    int Rank, string RunId, string Name, string Experiment, int Epoch, string Dataset, string DatasetDigest, string Weights, string Metric, double Value, IReadOnlyDictionary<string, double> Scores);
