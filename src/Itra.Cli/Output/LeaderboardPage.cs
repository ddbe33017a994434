using Itra.Domain.Leaderboards;
using Itra.Tracking.Leaderboards;

namespace Itra.Cli.Output;

/// <summary>A ranking, and what has to be known before anybody believes it.</summary>
internal static class LeaderboardPage
{
    public static void Write(IReadOnlyList<LeaderboardRow> rows, LeaderboardDefinition definition, IReadOnlyList<ExternalRow> external, Answer answer, Terminal terminal)
    {
        if (rows.Where(r => !r.External).Select(r => r.DatasetDigest).Distinct().Count() is > 1 and var sets)
            terminal.Error.WriteLine($"itra: these scores were measured on {sets} different data sets and do not compare: choose one with --dataset");
        foreach (var silent in external.Where(e => definition.Score.Of(e.Scores) is null))
            terminal.Error.WriteLine($"itra: {silent.Name} (external) has no place here: {silent.Source} does not report what this board ranks by");
        answer.Rows(rows, $"no run has a score under {definition.Score.Text}{(definition.Dataset is { } set ? $" on {set}" : "")}{(definition.Filters.Experiment is { } one ? $" in experiment {one}" : "")} yet", LeaderboardColumns.For(rows));
        if (!answer.IsForPeople) return;
        if (rows.FirstOrDefault(r => r.Selection?.EvaluationsInAll is not null) is { Selection: { EvaluationsInAll: { } all } selection } first)
            terminal.Out.WriteLine($"{first.Name} is first among {Form.Count(all)} evaluations of this split in all; its own {(selection.Rule == ChoiceRule.Last ? "last" : "best")} is one of {Form.Count(selection.Evaluations)}.");
        // As a column it would take the place of the names.
        foreach (var source in rows.Where(r => r.External).GroupBy(r => r.Source))
            terminal.Out.WriteLine($"External, not run here: {string.Join(", ", source.Select(r => r.Name))}. Source: {source.Key}.");
        foreach (var note in rows.Where(r => r.Note is not null)) terminal.Out.WriteLine($"{note.Name}: {note.Note}");
    }
}
