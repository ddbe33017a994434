using Itra.Domain.Leaderboards;

namespace Itra.Tracking.Leaderboards;

/// <summary>Puts runs in order.</summary>
public static class Ranking
{
    /// <summary>
    /// One row per run that has a score which counts, or per group of runs, and per external row. Of equal evaluations of a run, the earlier
    /// epoch; of equal runs, the one registered earlier comes first; an external row after ours. Ranks count from 1, each once.
    /// </summary>
    /// <param name="runs">Those that the definition's filters let through.</param>
    public static IReadOnlyList<LeaderboardRow> Rank(IEnumerable<Contender> runs, LeaderboardDefinition definition, IReadOnlyList<ExternalRow>? external = null)
    {
        var formula = definition.Score;
        var standings = runs.Select(run => Standing.Of(run, definition, formula)).OfType<Standing>();
        var ours = definition.Group == Grouping.Seeds
            ? standings.GroupBy(s => s.Run.Kin).Select(kin => Group([.. kin], formula))
            : standings.Select(s => (Row: Row(s, formula), s.Run.RegisteredAt));
        var theirs = (external ?? []).Select(e => Row(e, formula)).OfType<LeaderboardRow>().Select(row => (Row: row, RegisteredAt: DateTimeOffset.MaxValue));
        var worse = definition.Direction == Direction.HigherIsBetter ? -1 : 1;
        return [.. ours.Concat(theirs)
            .OrderBy(r => worse * r.Row.Value).ThenBy(r => r.RegisteredAt).ThenBy(r => r.Row.RunId, StringComparer.Ordinal)
            .Select((r, i) => r.Row with { Rank = i + 1 })];
    }

    private static LeaderboardRow Row(Standing s, ScoreFormula formula) => new(
        0, s.Run.RunId, s.Run.Name, s.Run.Experiment, s.Point.Epoch, s.Point.Dataset, s.Point.DatasetDigest, s.Point.Weights, formula.Text, s.Point.Value, s.Point.Scores)
    {
        Selection = s.Selection, Version = s.Point.Version,
    };

    private static LeaderboardRow? Row(ExternalRow e, ScoreFormula formula) => formula.Of(e.Scores) is not { } value ? null
        : new(0, null, e.Name, "", 0, "", "", "", formula.Text, value, e.Scores) { External = true, Source = e.Source, Note = e.Note };

    /// <summary>The mean over seeds. Scores and epoch are those of the run in the middle, which is a run that exists.</summary>
    private static (LeaderboardRow Row, DateTimeOffset RegisteredAt) Group(IReadOnlyList<Standing> kin, ScoreFormula formula)
    {
        Standing[] seeds = [.. kin.OrderBy(s => s.Run.RegisteredAt).ThenBy(s => s.Run.RunId, StringComparer.Ordinal).DistinctBy(s => s.Run.Seed)];
        var values = seeds.Select(s => s.Point.Value).ToArray();
        var mean = values.Average();
        double? deviation = values.Length > 1 ? Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1)) : null;
        var middle = seeds.OrderBy(s => s.Point.Value).ElementAt((seeds.Length - 1) / 2);
        var row = Row(middle, formula) with
        {
            Value = mean,
            Selection = middle.Selection with { Evaluations = seeds.Sum(s => s.Selection.Evaluations) },
            Seeds = new SeedGroup([.. seeds.Select(s => s.Run.RunId)], deviation),
        };
        return (row, seeds[0].Run.RegisteredAt);
    }
}
