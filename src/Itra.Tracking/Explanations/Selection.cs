namespace Itra.Tracking.Explanations;

/// <summary>Among how many scores this one was there to be chosen: the more looks at a split, the less its best value says.</summary>
/// <param name="EvaluationsBefore">Evaluations of the same split that this run had recorded before, whatever became of them.</param>
/// <param name="Evaluations">All of them in this run, with this one and later ones.</param>
/// <param name="Better">Scores of this metric on this split, in this run, that are higher.</param>
public sealed record Selection(int EvaluationsBefore, int Evaluations, int Better)
{
    /// <summary>Evaluations of the same split that the whole store had recorded before.</summary>
    public long StoreEvaluationsBefore { get; init; }

    /// <summary>Of how many runs.</summary>
    public long StoreRunsBefore { get; init; }

    internal static Selection Of(string metric, Measurement chosen, IReadOnlyList<Measurement> all)
    {
        Measurement[] same = [.. all.Where(m => chosen.Datasets.Any(d => m.IsOn(d.Digest)))];
        var value = chosen.Scores[metric];
        return new Selection(
            same.Count(m => m.Version < chosen.Version), same.Length,
            same.Count(m => !m.Superseded && m.Scores.TryGetValue(metric, out var other) && other > value));
    }
}
