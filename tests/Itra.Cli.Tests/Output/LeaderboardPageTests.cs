using System.Text.RegularExpressions;
using Itra.Cli.Output;
using Itra.Domain.Leaderboards;
using Itra.Domain.Training;
using Itra.Tracking.Leaderboards;

namespace Itra.Cli.Tests.Output;

public partial class LeaderboardPageTests
{
    private const string Metric = RetrievalScores.MeanRecallMetric;

    private static readonly IReadOnlyDictionary<string, double> Scores = new RetrievalScores(10, 20, 30, 40, 50, 61.5).ByMetric();

    private static LeaderboardRow Row(int rank, string? run, string name) => new(rank, run, name, "coco", 1, "mscoco_captions", new string('c', 64), "raw", Metric, 50 - rank, Scores)
    {
        External = run is null, Source = run is null ? "a table that somebody else has printed" : null,
    };

    [Theory]
    [InlineData(80)]
    [InlineData(100)]
    public void Each_row_is_one_line_with_its_whole_name_and_value_and_sources_stand_below(int width)
    {
        var output = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal(output, TextWriter.Null, IsInteractive: true, width);
        IReadOnlyList<LeaderboardRow> rows = [Row(1, "run-0123456789", "finetuned-all"), Row(2, null, "BLIP (large)"), Row(3, "run-1123456789", "finetuned-lr1")];
        LeaderboardPage.Write(rows, LeaderboardDefinition.MeanRecall, [], new Answer(terminal, asJson: false), terminal);
        var lines = Colours().Replace(output.ToString(), "").Split('\n');
        Assert.All(rows, row => Assert.Single(lines, line => line.TrimStart().StartsWith($"{row.Rank} ", StringComparison.Ordinal) && line.Contains(row.Name, StringComparison.Ordinal) && line.Contains($" {row.Value:F2} ", StringComparison.Ordinal)));
        Assert.All(lines.Take(7), line => Assert.InRange(line.TrimEnd().Length, 1, width));
        Assert.Contains("External, not run here: BLIP (large). Source: a table that somebody else has printed.", lines);
    }

    [Fact]
    public void That_a_value_is_of_mixed_weights_stands_beside_it()
    {
        var output = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal(output, TextWriter.Null, IsInteractive: true, Width: 100);
        LeaderboardPage.Write([Row(1, "run-0123456789", "one") with { Weights = "wise-ft-0" }, Row(2, "run-1123456789", "other")], LeaderboardDefinition.MeanRecall, [], new Answer(terminal, asJson: false), terminal);
        var lines = Colours().Replace(output.ToString(), "").Split('\n');
        Assert.Contains(" weights ", lines[1], StringComparison.Ordinal);
        Assert.Contains(" wise-ft-0 ", lines[3], StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\x1b\[[0-9;]*m")]
    private static partial Regex Colours();
}
