using Itra.Tracking.Leaderboards;

namespace Itra.Cli.Output;

/// <summary>A leaderboard as a table: the metric it is ranked by, then the six recalls.</summary>
internal static class LeaderboardColumns
{
    /// <summary>People are spared a column that says the same in every row.</summary>
    public static IReadOnlyList<Column<LeaderboardRow>> For(IReadOnlyList<LeaderboardRow> rows) =>
    [
        new("rank", r => r.Rank.ToString(), IsNumber: true), new("run_id", r => r.RunId) { Label = "run" }, new("name", r => r.Name) { Shrinks = true },
        new("experiment", r => r.Experiment) { Shrinks = true, Label = rows.DistinctBy(r => r.Experiment).Count() > 1 ? "experiment" : "" },
        new("dataset", r => $"{r.Dataset} {r.DatasetDigest[..Math.Min(8, r.DatasetDigest.Length)]}") { Shrinks = true, Label = rows.DistinctBy(r => r.DatasetDigest).Count() > 1 ? "data set" : "" },
        new("epoch", r => r.Epoch.ToString(), IsNumber: true), new("metric", r => r.Metric) { Label = "" },
        new("value", r => Form.Percent(r.Value), IsNumber: true),
        .. ScoreColumns.All<LeaderboardRow>(r => r.Scores),
    ];
}
