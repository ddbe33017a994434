namespace Itra.Tracking.Explanations;

/// <summary>What an explanation is made of, gathered before.</summary>
/// <param name="Runs">The run and those its weights came from, by id.</param>
/// <param name="Makers">By SHA-256, the runs that made files which these runs started from.</param>
/// <param name="Stored">Digests of the files that the artifact store was found to have; null if nobody looked.</param>
internal sealed record Evidence(
    RunRecord Run, IReadOnlyDictionary<string, RunRecord> Runs, IReadOnlyDictionary<string, Maker> Makers, EarlierEvaluations Before,
    IReadOnlyList<Descendant> Branches, CoveringSeal? Seal, IReadOnlySet<string>? Stored);

/// <summary>Evaluations of one split before an event, over all runs.</summary>
internal sealed record EarlierEvaluations(long Evaluations, long Runs);
