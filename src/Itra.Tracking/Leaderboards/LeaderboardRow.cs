using System.Text.Json.Serialization;
using Itra.Domain.Runs;

namespace Itra.Tracking.Leaderboards;

/// <summary>A place on a leaderboard: of a run, of runs that differ only in their seed, or of a system that did not run here.</summary>
/// <param name="RunId">Of a group, the run whose value is the median one; null for an external row.</param>
/// <param name="Metric">The metric, or the formula, that ranks.</param>
/// <param name="Value">Of a group, the mean over its seeds.</param>
/// <param name="Scores">Every score of the evaluation that stands for the run.</param>
public sealed record LeaderboardRow(
    int Rank, string? RunId, string Name, string Experiment, int Epoch, string Dataset, string DatasetDigest, string Weights, string Metric, double Value,
    IReadOnlyDictionary<string, double> Scores)
{
    /// <summary>Not a run of ours, but a figure that somebody reports; <see cref="Source"/> says who.</summary>
    public bool External { get; init; }

    public string? Source { get; init; }

    public string? Note { get; init; }

    /// <summary>How the evaluation was chosen among how many; null for an external row.</summary>
    public Selection? Selection { get; init; }

    /// <summary>The runs behind a group's mean; null where every run has a place of its own.</summary>
    public SeedGroup? Seeds { get; init; }

    /// <summary>What the run's last reproduction came to; null if nobody has run it again.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>Version of the event that recorded the evaluation.</summary>
    [JsonIgnore]
    public long Version { get; init; }
}

/// <summary>What went into choosing an evaluation: the more there were to choose from, the more a value owes to luck.</summary>
/// <param name="Rule">As in the definition.</param>
/// <param name="Evaluations">How many evaluations of the run (of a group: of its runs) on the split that chose, those that a resume took back included.</param>
public sealed record Selection(Domain.Leaderboards.ChoiceRule Rule, int Evaluations)
{
    /// <summary>The same over all runs that compete for the place; known for the first place of ours.</summary>
    public long? EvaluationsInAll { get; init; }

    /// <summary>Where one split chose and another is reported: the score that chose.</summary>
    public ChoosingScore? By { get; init; }
}

/// <summary>The score by which an epoch was chosen.</summary>
public sealed record ChoosingScore(string Metric, string Dataset, string DatasetDigest, double Value);

/// <summary>Runs that differ only in their seed. Of a seed that ran several times, the first run counts.</summary>
/// <param name="Deviation">Sample standard deviation; null for a single seed.</param>
public sealed record SeedGroup(IReadOnlyList<string> RunIds, double? Deviation);
