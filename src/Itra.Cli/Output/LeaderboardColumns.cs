using Itra.Tracking.Leaderboards;

namespace Itra.Cli.Output;

/// <summary>A leaderboard as a table: the metric it is ranked by, then the six recalls.</summary>
internal static class LeaderboardColumns
{
    public static readonly IReadOnlyList<Column<LeaderboardRow>> All =
    [
        new("rank", r => r.Rank.ToString(), IsNumber: true), new("run_id", r => r.RunId) { Label = "run" }, new("name", r => r.Name),
        new("experiment", r => r.Experiment), new("epoch", r => r.Epoch.ToString(), IsNumber: true), new("metric", r => r.Metric) { Label = "" },
        new("value", r => Form.Percent(r.Value), IsNumber: true),
        .. ScoreColumns.All<LeaderboardRow>(r => r.Scores),
    ];
}
