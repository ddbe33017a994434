using Itra.Cli.Output;
using Itra.Domain.Leaderboards;
using Itra.Domain.Training;
using Itra.Tracking.Leaderboards;

namespace Itra.Cli.Tests.Output;

public class LeaderboardPageTests
{
    private const string Metric = RetrievalScores.MeanRecallMetric;

    private static readonly IReadOnlyDictionary<string, double> Scores = new RetrievalScores(10, 20, 30, 40, 50, 61.5).ByMetric();

    private static LeaderboardRow Row(int rank, string? run, string name) => new(rank, run, name, "coco", 1, "mscoco_captions", new string('c', 64), "raw", Metric, 50 - rank, Scores)
    {
        External = run is null, Source = run is null ? "a table that somebody else has printed" : null,
    };

    [Fact]
    public void At_100_columns_each_row_is_one_line_with_its_whole_name_and_sources_stand_below()
    {
        var output = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal(output, TextWriter.Null, IsInteractive: true, Width: 100);
        IReadOnlyList<LeaderboardRow> rows = [Row(1, "run-0123456789", "finetuned-all"), Row(2, null, "BLIP (large)"), Row(3, "run-1123456789", "finetuned-lr1")];
        LeaderboardPage.Write(rows, LeaderboardDefinition.MeanRecall, [], new Answer(terminal, asJson: false), terminal);
        var lines = output.ToString().Split('\n');
        Assert.All(rows, row => Assert.Single(lines, line => line.TrimStart().StartsWith($"{row.Rank} ", StringComparison.Ordinal) && line.Contains(row.Name, StringComparison.Ordinal)));
        Assert.Contains("External, not run here: BLIP (large). Source: a table that somebody else has printed.", lines);
    }
}
