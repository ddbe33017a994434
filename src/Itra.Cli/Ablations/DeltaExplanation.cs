using Itra.Cli.Sweeps;
using Itra.Domain;
using Itra.Domain.Training;
using Itra.Tracking.Comparison;
using Itra.Trainer.Clip;

namespace Itra.Cli.Ablations;

/// <summary>How to find out which of its differences makes a run better or worse than another, and what is known of it.</summary>
/// <param name="Metric">The one that is compared, on data of <paramref name="DatasetDigest"/>; that is null if the two have no score in common.</param>
/// <param name="Recipe">The sweep, as YAML.</param>
internal sealed record DeltaExplanation(
    string From, string To, string Metric, string? DatasetDigest, IReadOnlyList<Change> Changes, IReadOnlyList<RungReport> Rungs, IReadOnlyList<string> NotExplained, string Recipe)
{
    /// <summary>The recipe's name where no file gives it one.</summary>
    public const string DefaultName = "explain-delta";

    public int ToRun => Rungs.Count(r => r.RunId is null);

    /// <summary>Updates of all trials that are to be run; null if it is not known of one of them.</summary>
    public long? StepsToRun => Rungs.Where(r => r.RunId is null).Aggregate((long?)0, (sum, r) => sum + r.Steps);

    /// <param name="name">Of the sweep.</param>
    /// <param name="metric">Null for mean recall, or else what both have.</param>
    /// <param name="done">Runs that may have done a trial.</param>
    /// <exception cref="UserErrorException">The two differ in no setting, one is a branch, they share no such metric, or cannot be asked for here.</exception>
    public static DeltaExplanation Of(ComparedRun from, ComparedRun to, string name, string? metric, CompletedRuns done)
    {
        // A branch begins with a checkpoint in the store, under a name that is no file's.
        if (new[] { from, to }.FirstOrDefault(r => r.Summary.Origin is not null && Start(r).StartsWith("run-", StringComparison.Ordinal)) is { } branch)
            throw new UserErrorException($"{branch.Id} began with {Start(branch)}, with which no trial of a sweep can begin: `itra compare {from.Id} {to.Id}` shows what differs, `itra runs branch` tries a change");
        var two = RunComparison.Of([from, to], SettingRules.Comparison, seeds: true);
        var wanted = two.Settings.Where(s => Settable.Takes(s)).ToDictionary(s => s.Setting, s => s.Values[1]!);
        var notExplained = Unexplained.Of(two, wanted.Keys);
        if (wanted.Count == 0)
            throw new UserErrorException($"{from.Id} and {to.Id} differ in nothing that a flag can change and training depends on{(notExplained.Count > 0 ? $" ({string.Join("; ", notExplained)})" : "")}: `itra compare` shows the rest");

        var settings = Settable.Of(from);
        if (Settable.Refusal(settings) is { } refusal) throw new UserErrorException($"what {from.Id} did cannot be asked for here: {refusal}");
        var ladder = AblationLadder.Between(settings, wanted, s => Settable.Refusal(s) is null);
        var (measured, digest) = Score(two, metric);
        var recipe = ladder.Recipe(name, $"From {from.Spec.Name} to {to.Spec.Name}", measured, Settable.Marks(two, to));
        var rungs = RungReport.Of(ladder, PlannedTrial.Of(recipe, new Dictionary<string, string>()), from, to, done);
        return new DeltaExplanation(from.Id, to.Id, measured, digest, ladder.Changes, rungs, notExplained, LadderFile.Yaml(recipe, Remarks(from, to, ladder, notExplained)));
    }

    private static string Start(ComparedRun run) => run.Spec.Config.GetValueOrDefault("resume", "");

    private static (string Metric, string? Digest) Score(RunComparison two, string? metric)
    {
        var shared = two.Scores.SelectMany(t => t.Columns.Select(c => (c.Metric, (string?)t.DatasetDigest))).ToList();
        if (metric is not null && shared.All(s => s.Metric != metric))
            throw new UserErrorException($"--metric {metric}: the two have no such score on the same data" + (shared.Count > 0 ? $"; the nearest one is {Nearest.To(metric, shared.Select(s => s.Metric))}" : ""));
        metric ??= shared.Count == 0 || shared.Any(s => s.Metric == RetrievalScores.MeanRecallMetric) ? RetrievalScores.MeanRecallMetric : shared[0].Metric;
        return (metric, shared.FirstOrDefault(s => s.Metric == metric).Item2);
    }

    private static IEnumerable<string> Remarks(ComparedRun from, ComparedRun to, AblationLadder ladder, IReadOnlyList<string> notExplained) =>
    [
        $"From {from.Id} ({from.Spec.Name}) to {to.Id} ({to.Spec.Name}): every change alone, then one after another in this order:",
        .. ladder.Changes.Select((c, i) => $"{i + 1}. {c.Text}"),
        .. notExplained.Select(line => $"Not explained by it: {line}"),
    ];
}
