using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Itra.Domain.Training;

namespace Itra.Domain.Leaderboards;

public enum Direction { HigherIsBetter, LowerIsBetter }

/// <summary>Whether every run has a place of its own, or runs that differ only in their seed share one.</summary>
public enum Grouping { None, Seeds }

/// <summary>A rule by which runs are ranked. A board's stream keeps every version of it, so that two printed boards can be told apart.</summary>
/// <param name="Name">Lower-case letters, digits and hyphens.</param>
public sealed partial record LeaderboardDefinition(string Name)
{
    /// <summary>What <c>itra leaderboard</c> shows without a name.</summary>
    public static readonly LeaderboardDefinition MeanRecall = new("mean-recall") { Metric = RetrievalScores.MeanRecallMetric };

    public string? Title { get; init; }

    /// <summary>The score that counts; null if <see cref="Formula"/> says what does.</summary>
    public string? Metric { get; init; }

    /// <summary>Arithmetic over scores, such as <c>([retrieval-image2text-R@1] + [retrieval-text2image-R@1]) / 2</c>.</summary>
    public string? Formula { get; init; }

    /// <summary>The only data set that counts: its name, or at least 8 characters of its digest; null for any.</summary>
    public string? Dataset { get; init; }

    public Direction Direction { get; init; }

    /// <summary>The only weights that count: <c>raw</c>, <c>ema</c> or <c>wise-ft</c>; null for any.</summary>
    public string? Weights { get; init; }

    public EpochChoice Choose { get; init; } = EpochChoice.Best;

    public Grouping Group { get; init; }

    public LeaderboardFilters Filters { get; init; } = new();

    /// <summary>The value of a row, made of the scores of an evaluation.</summary>
    [JsonIgnore]
    public ScoreFormula Score => Formula is null ? ScoreFormula.OfMetric(Metric!) : ScoreFormula.Parse(Formula);

    /// <exception cref="UserErrorException">The definition contradicts itself or lacks something.</exception>
    public LeaderboardDefinition Checked()
    {
        if (!NameForm().IsMatch(Name)) throw Wrong($"the name '{Name}' of a leaderboard consists of lower-case letters, digits and hyphens");
        if (Metric is null == Formula is null) throw Wrong($"leaderboard {Name} needs a metric or a formula, and not both");
        _ = Score;
        if (Choose.Rule == ChoiceRule.BestBy && Choose.Metric is null) throw Wrong($"leaderboard {Name} chooses epochs by another score: best_by names it");
        return this;
    }

    private static UserErrorException Wrong(string what) => new($"{what}: see docs/leaderboards.md");

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{0,62}$")]
    private static partial Regex NameForm();
}

public enum ChoiceRule { Best, Last, BestBy }

/// <summary>Which of a run's evaluations stands for it.</summary>
/// <param name="Metric">With <see cref="ChoiceRule.BestBy"/>: the score that chooses.</param>
/// <param name="Dataset">The data set on which it does, by name or digest; null for any.</param>
/// <param name="Direction">What is better there.</param>
public sealed record EpochChoice(ChoiceRule Rule, string? Metric = null, string? Dataset = null, Direction Direction = Direction.HigherIsBetter)
{
    /// <summary>The evaluation that is best by the very score that is reported.</summary>
    public static readonly EpochChoice Best = new(ChoiceRule.Best);

    /// <summary>The last epoch, whatever it scored.</summary>
    public static readonly EpochChoice Last = new(ChoiceRule.Last);
}

/// <summary>Which runs count; null stands for any.</summary>
public sealed record LeaderboardFilters(string? Experiment = null, string? Trainer = null)
{
    /// <summary>Value by setting. Numbers are compared as numbers.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    public bool Equals(LeaderboardFilters? other) =>
        other is not null && (Experiment, Trainer) == (other.Experiment, other.Trainer)
        && Settings.Count == other.Settings.Count && Settings.All(s => other.Settings.TryGetValue(s.Key, out var value) && value == s.Value);

    public override int GetHashCode() => HashCode.Combine(Experiment, Trainer, Settings.Count);
}
