using Itra.Tracking.Leaderboards;

namespace Itra.Cli.Output;

/// <summary>A leaderboard as a table: the metric it is ranked by, then the six recalls.</summary>
internal static class LeaderboardColumns
{
    public static readonly IReadOnlyList<Column<LeaderboardRow>> All =
    [
        new("rank", r => r.Rank.ToString(), IsNumber: true), new("run_id", r => r.RunId), new("name", r => r.Name), new("experiment", r => r.Experiment),
        new("epoch", r => r.Epoch.ToString(), IsNumber: true), new("metric", r => r.Metric), new("value", r => Form.Percent(r.Value), IsNumber: true),
        Score("I2T R@1", "retrieval-image2text-R@1"), Score("R@5", "retrieval-image2text-R@5"), Score("R@10", "retrieval-image2text-R@10"),
        Score("T2I R@1", "retrieval-text2image-R@1"), Score("R@5", "retrieval-text2image-R@5"), Score("R@10", "retrieval-text2image-R@10"),
    ];

    private static Column<LeaderboardRow> Score(string heading, string metric) =>
        new(heading, r => r.Scores.TryGetValue(metric, out var score) ? Form.Percent(score) : "", IsNumber: true);
}
