using System.Text.Json;
using Itra.Cli.Leaderboards;
using Itra.Cli.Tests.Sweeps;
using Itra.Domain;
using Itra.Domain.Leaderboards;

namespace Itra.Cli.Tests.Leaderboards;

public sealed class LeaderboardFileTests : IDisposable
{
    private readonly string file = Path.Combine(Path.GetTempPath(), "board-" + Path.GetRandomFileName() + ".yaml");

    public void Dispose() => File.Delete(file);

    private LeaderboardDefinition Load(string text)
    {
        File.WriteAllText(file, text);
        return LeaderboardFile.Load(file);
    }

    [Fact]
    public void Every_key_is_read()
    {
        var read = Load("""
            name: coco
            title: MS-COCO
            formula: ([a] + [b]) / 2
            dataset: mscoco_captions
            direction: lower
            weights: ema
            choose: {best_by: loss, dataset: dev, direction: lower}
            group: seeds
            filters: {experiment: lr, trainer: clip, lr: 1e-5}
            """);
        Assert.Equal(new LeaderboardDefinition("coco")
        {
            Title = "MS-COCO", Formula = "([a] + [b]) / 2", Dataset = "mscoco_captions", Direction = Direction.LowerIsBetter, Weights = "ema",
            Choose = new EpochChoice(ChoiceRule.BestBy, "loss", "dev", Direction.LowerIsBetter), Group = Grouping.Seeds,
            Filters = new LeaderboardFilters("lr", "clip") { Settings = new Dictionary<string, string> { ["lr"] = "1e-5" } },
        }, read);
    }

    [Theory]
    [InlineData("metrik: acc", "a leaderboard has no 'metrik'; the nearest is 'metric'")]
    [InlineData("metric: acc\nfilters: {learning_rat: 1}", "there is no setting 'learning_rat' to filter by")]
    [InlineData("metric: acc\nchoose: {best_by: loss, datset: dev}", "choose has no 'datset'; the nearest is 'dataset'")]
    [InlineData("metric: acc\nchoose: first", "choose is best, last or")]
    [InlineData("metric: acc\ndirection: up", "direction is higher or lower, not 'up'")]
    [InlineData("metric: acc\ngroup: names", "group is none or seeds")]
    [InlineData("name: ls\nmetric: acc", "'ls' is a command")]
    [InlineData("name: coco", "needs a metric or a formula")]
    [InlineData("name: coco\nformula: acc", "at character 1")]
    [InlineData("", "is empty")]
    public void What_is_wrong_is_said(string text, string message) => Assert.Contains(message, Assert.Throws<UserErrorException>(() => Load(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_shipped_board_is_a_definition() =>
        Assert.Equal(("coco-retrieval", "retrieval-mean-recall"), (Shipped.Name, Shipped.Metric));

    [Fact]
    public void The_shipped_external_rows_are_the_guides_but_for_its_slip()
    {
        var table = Path.Combine(Recipes.Root, "..", "shared", "spec", "guide-results.json");
        Assert.SkipUnless(File.Exists(table), "guide-results.json is not here");
        using var guide = JsonDocument.Parse(File.ReadAllText(table));
        string[] recalls = ["I2T R@1", "I2T R@5", "I2T R@10", "T2I R@1", "T2I R@5", "T2I R@10", "mean_recall"];
        string[] metrics = [.. from way in new[] { "image2text", "text2image" } from k in new[] { 1, 5, 10 } select $"retrieval-{way}-R@{k}", "retrieval-mean-recall"];
        var rows = ExternalRowsFile.Load(Path.Combine(Recipes.Root, "recipes", "leaderboards", "coco-external.yaml"));
        var printed = guide.RootElement.GetProperty("baseline_vs_zero_shot").EnumerateArray().ToList();
        Assert.Equal(printed.Count, rows.Count);
        foreach (var (row, print) in rows.Zip(printed))
        {
            Assert.StartsWith(row.Name, print.GetProperty("name").GetString(), StringComparison.Ordinal);
            foreach (var (recall, metric) in recalls.Zip(metrics))
            {
                double? expected = print.GetProperty(recall).ValueKind == JsonValueKind.Null ? null : print.GetProperty(recall).GetDouble();
                if (row.Name.StartsWith("PTP", StringComparison.Ordinal) && recall == "I2T R@5") expected = 97.3;
                Assert.Equal(expected, row.Scores.TryGetValue(metric, out var score) ? score : null);
            }
            if (row.Scores.TryGetValue("retrieval-mean-recall", out var mean)) Assert.Equal(mean, metrics.SkipLast(1).Average(m => row.Scores[m]), 0.05);
        }
        Assert.Contains("79.3", rows.Single(r => r.Name.StartsWith("PTP", StringComparison.Ordinal)).Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rows:\n  - name: X\n    scores: {a: 1}", "give it a source")]
    [InlineData("source: s\nrows:\n  - name: X", "it has no scores")]
    [InlineData("source: s\nrows:\n  - name: X\n    scors: {a: 1}", "has no 'scors'; the nearest is 'scores'")]
    [InlineData("source: s", "has no rows")]
    public void External_rows_without_a_source_or_scores_are_refused(string text, string message)
    {
        File.WriteAllText(file, text);
        Assert.Contains(message, Assert.Throws<UserErrorException>(() => ExternalRowsFile.Load(file)).Message, StringComparison.Ordinal);
    }

    private static LeaderboardDefinition Shipped => LeaderboardFile.Load(Path.Combine(Recipes.Root, "recipes", "leaderboards", "coco-retrieval.yaml"));
}
