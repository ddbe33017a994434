using System.Text.RegularExpressions;
using Itra.Cli.Output;
using Itra.Domain.Runs;
using Itra.Tracking.Comparison;

namespace Itra.Cli.Tests.Output;

public partial class ComparisonPageTests
{
    private const string Long = "mscoco_captions", MeanRecall = "retrieval-mean-recall";
    private static readonly string[] Metrics = [MeanRecall, .. ScoreColumns.All<int>(_ => new Dictionary<string, double>()).Select(c => c.Heading)];

    private static readonly RunComparison Comparison = new(
        ["run-7k2m9x4qpt", "run-8k2m9x4qpt", "run-9k2m9x4qpt"],
        [Row("baseline-with-a-long-name", "run-7k2m9x4qpt"), Row("again", "run-8k2m9x4qpt", "run-9k2m9x4qpt")],
        [new ScoreTable(Long, new string('c', 64), [.. Metrics.Select(m => new ScoreColumn(m, [Cell(70, 71, null), Cell(73.5, 74, 0.25)], [1], [1]))])],
        [new Unshared("flickr", new string('f', 64), "run-7k2m9x4qpt")],
        [new SettingDifference("lr", ["1e-05", "2e-05", "2e-05"], ["default", "command line", "command line"])],
        [new SettingDifference("name", ["baseline-with-a-long-name", "again", "again-2"], [null, null, null])],
        [new Circumstance("code", "commit", [new string('a', 40), new string('b', 40), new string('b', 40)])],
        [new CurveOverlay("training/loss-align", "step", 0, 399, 1, 3, [Line("run-7k2m9x4qpt", 3, 1), Line("run-8k2m9x4qpt", 3, 2), Line("run-9k2m9x4qpt", 2, 2)])],
        [
            new StreamComparison("run-8k2m9x4qpt", "run-7k2m9x4qpt", false, true, new StreamPlace(1, 37), new Divergence("training/loss-align", 1, 38, null, "2.34", "2.31")),
            new StreamComparison("run-9k2m9x4qpt", "run-7k2m9x4qpt", true, true, new StreamPlace(2, 399), null),
        ]);

    private static ResultRow Row(string name, params string[] ids) =>
        new(ids, name, [.. ids.Select((_, i) => i)], [.. ids.Select(_ => RunStatus.Completed)], [.. ids.Select(_ => 10)], new(3700 + ids.Length, null, ids.Length), new(80.25 + ids.Length, null, ids.Length), 102_007_137);

    private static ScoreCell Cell(double last, double best, double? deviation) => new(new(last, deviation, 2), new(best, deviation, 2), 10, null, "raw");

    private static CurveLine Line(string id, double from, double to) => new(id, to, [.. Enumerable.Repeat((double?)from, 20), .. Enumerable.Repeat((double?)to, 20)]);

    private static string[] Page(bool interactive, RunComparison comparison)
    {
        var text = new StringWriter();
        ComparisonPage.Write(comparison, new Answer(new Terminal(text, TextWriter.Null, interactive, 100), asJson: false), text);
        return Colours().Replace(text.ToString(), "").TrimEnd('\n').Split('\n');
    }

    [GeneratedRegex(@"\x1b\[[0-9;]*m")]
    private static partial Regex Colours();

    [Fact]
    public void It_fits_a_hundred_columns_and_every_part_is_there()
    {
        var lines = Page(true, Comparison);
        Assert.All(lines.Take(lines.Length - 3), line => Assert.InRange(line.TrimEnd().Length, 0, 100));
        var text = string.Join('\n', lines);
        Assert.All(["2 seeds", "82.2*", "1h01m*", "102,007,137", "± sd", "73.50*", "T2I R@1", "only A was measured on flickr (ffffffffffff)", "1e-05 (default)", "aaaaaaaaaaaa", "again, again-2"],
            part => Assert.Contains(part, text, StringComparison.Ordinal));
        Assert.DoesNotContain("aaaaaaaaaaaaa", text, StringComparison.Ordinal);
        Assert.Equal(["B against A: identical up to epoch 1, step 37; from step 38 training/loss-align is 2.31 against 2.34", "C against A: identical in everything recorded"], lines[^2..]);
    }

    [Fact]
    public void Curves_of_one_metric_share_their_scale()
    {
        var curves = Page(true, Comparison).Where(l => l.Contains('█') || l.Contains('▅')).Select(l => string.Concat(l.Where(c => c is >= '▁' and <= '█'))).ToList();
        Assert.Equal([new string('█', 20) + new string('▁', 20), new string('█', 20) + new string('▅', 20), new string('▅', 40)], curves);
    }

    [Fact]
    public void Best_epochs_that_are_the_last_ones_are_not_told_twice()
    {
        var same = Comparison with { Scores = [new ScoreTable(Long, "c", [new ScoreColumn(MeanRecall, [Cell(70, 70, null), Cell(73, 73, null)], [1], [1])])] };
        Assert.DoesNotContain(Page(true, same), l => l.Contains(" best ", StringComparison.Ordinal) && !l.StartsWith('*'));
    }

    [Fact]
    public void A_pipe_gets_a_line_for_everything_and_a_column_for_every_row()
    {
        var lines = Page(false, Comparison);
        Assert.Equal("section\twhat\trun-7k2m9x4qpt\trun-8k2m9x4qpt+run-9k2m9x4qpt", lines[0]);
        Assert.Contains("result\timages_per_second\t81.25\t82.25", lines);
        Assert.Contains("score\tretrieval-mean-recall mscoco_captions cccccccccccc deviation\t\t0.25", lines);
        Assert.Contains("settings\tlr\t1e-05\t2e-05", lines);
        Assert.Contains("places\tname\tbaseline-with-a-long-name\tagain, again-2", lines);
        Assert.StartsWith("stream\tagainst run-7k2m9x4qpt\t-\tidentical up to epoch 1, step 37;", lines[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("identical as far as both go, up to epoch 2, step 9", true, false, 2, null, null)]
    [InlineData("identical in every recorded number, though settings differ", false, true, 2, null, null)]
    [InlineData("different from the start: loss is 2 against 1", true, true, null, null, 0L)]
    [InlineData("identical up to epoch 2, step 9; after epoch 2 loss is 2 against 1", true, true, 2, 2, null)]
    public void How_far_streams_agree_is_a_sentence(string sentence, bool settings, bool extent, int? agreed, int? epoch, long? step) => Assert.Equal(sentence, StreamWords.Of(new StreamComparison(
        "b", "a", settings, extent, agreed is { } e ? new StreamPlace(e, 9) : null, epoch is null && step is null ? null : new Divergence("loss", epoch ?? 1, step, null, "1", "2"))));
}
