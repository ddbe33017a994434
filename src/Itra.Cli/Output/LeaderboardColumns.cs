using Itra.Domain.Leaderboards;
using Itra.Tracking.Leaderboards;

namespace Itra.Cli.Output;

/// <summary>A leaderboard as a table: what it is ranked by, among how many evaluations that was chosen, then the six recalls.</summary>
internal static class LeaderboardColumns
{
    /// <summary>People are spared a column that says the same in every row.</summary>
    public static IReadOnlyList<Column<LeaderboardRow>> For(IReadOnlyList<LeaderboardRow> rows)
    {
        var ours = rows.Where(r => !r.External).ToList();
        return
        [
            new("rank", r => r.Rank.ToString(), IsNumber: true),
            new("run_id", r => r.RunId ?? "external") { Label = "run" },
            new("name", r => r.Name) { Shrinks = true },
            new("experiment", r => r.Experiment) { Shrinks = true, Yields = 4, Label = ours.DistinctBy(r => r.Experiment).Count() > 1 ? "experiment" : "" },
            new("dataset", r => r.External ? "" : $"{r.Dataset} {r.DatasetDigest[..Math.Min(8, r.DatasetDigest.Length)]}") { Shrinks = true, Label = ours.DistinctBy(r => r.DatasetDigest).Count() > 1 ? "data set" : "" },
            new("epoch", r => r.External ? "" : r.Epoch.ToString(), IsNumber: true) { Yields = 3 },
            new("weights", r => r.External ? "" : r.Weights) { Yields = 2, Label = ours.All(r => r.Weights == "raw") ? "" : "weights" }, new("metric", r => r.Metric) { Label = "" },
            new("value", r => Form.Percent(r.Value), IsNumber: true),
            new("deviation", r => Form.Percent(r.Seeds?.Deviation), IsNumber: true) { Label = ours.Any(r => r.Seeds is not null) ? "±" : "" },
            new("seeds", r => r.Seeds?.RunIds.Count.ToString() ?? "", IsNumber: true) { Label = ours.Any(r => r.Seeds is not null) ? "seeds" : "" },
            new("chosen_by", r => Form.Percent(r.Selection?.By?.Value), IsNumber: true) { Label = ours.Any(r => r.Selection?.By is not null) ? "chosen by" : "" },
            new("evaluations", r => Form.Count(r.Selection?.Evaluations), IsNumber: true) { Label = ours.Any(r => r.Selection?.Rule != ChoiceRule.Last && r.Selection?.Evaluations > 1) ? "of" : "" },
            new("verdict", r => VerdictText.Badge(r.Verdict)) { Yields = 5, Label = ours.All(r => r.Verdict is null) ? "" : "reproduced" },
            .. ScoreColumns.All<LeaderboardRow>(r => r.Scores),
            new("source", r => r.Source ?? "") { Label = "" },
        ];
    }
}
