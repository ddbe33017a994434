using System.Text.Json;

namespace Itra.Cli.Tests.Sweeps;

/// <summary>The figures in the recipes against those that were taken down from the guide.</summary>
public class PublishedFiguresTests
{
    private static readonly Lazy<JsonElement?> Results = new(() =>
    {
        var fixtures = Environment.GetEnvironmentVariable("ITRA_FIXTURES") is { Length: > 0 } set ? set : Path.Combine(Recipes.Root, "..", "shared", "fixtures");
        var file = Path.Combine(fixtures, "..", "spec", "guide-results.json");
        return File.Exists(file) ? JsonDocument.Parse(File.ReadAllText(file)).RootElement : null;
    });

    private static JsonElement Table(string name)
    {
        Assert.SkipUnless(Results.Value is not null, "guide-results.json is not here: ITRA_FIXTURES names the folder beside the one that holds it");
        return Results.Value!.Value.GetProperty(name);
    }

    private static IEnumerable<double> MeanRecalls(string recipe) => Recipes.Load(recipe).Trials.Select(t => t.Published["retrieval-mean-recall"]);

    private static IEnumerable<double> Column(JsonElement rows, string name) => rows.EnumerateArray().Select(r => r.GetProperty(name).GetDouble());

    [Fact]
    public void Learning_rates() => Assert.Equal(
        Table("learning_rate_sweep").GetProperty("mean_recall").EnumerateObject().Select(p => ("lr", p.Name, p.Value.GetDouble())),
        Recipes.Load("lr").Trials.Select(t => ("lr", t.Settings["lr"], t.Published["retrieval-mean-recall"])));

    [Fact]
    public void Weight_decays() => Assert.Equal(
        Table("weight_decay_sweep").EnumerateObject().Select(p => (p.Name, p.Value.GetDouble())),
        Recipes.Load("weight-decay").Trials.Select(t => (t.Settings["weight_decay"], t.Published["retrieval-mean-recall"])));

    [Fact]
    public void Training_lengths()
    {
        var table = Table("training_length_sweep");
        var epochs = table.GetProperty("epochs").EnumerateArray().Select(e => e.ToString()).ToList();
        Assert.Equal(
            table.GetProperty("mean_recall").EnumerateObject().SelectMany(l => l.Value.EnumerateArray().Select((v, i) => (l.Name, epochs[i], v.GetDouble()))),
            Recipes.Load("training-length").Trials.Select(t => ("lr" + t.Settings["lr"], t.Settings["epochs"], t.Published["retrieval-mean-recall"])));
    }

    [Fact]
    public void Batch_sizes_and_their_learning_rates()
    {
        var plan = Recipes.Plan(Recipes.Load("batch-size"));
        Assert.Equal(
            Table("batch_size_sweep").EnumerateArray().Select(r => (r.GetProperty("batch_size").GetInt32(), r.GetProperty("lr").GetDouble(), r.GetProperty("mean_recall").GetDouble())),
            plan.Select(p => (p.PairsPerUpdate, p.Request.Config.Lr, p.Trial.Published["retrieval-mean-recall"])));
    }

    [Theory]
    [InlineData("partial-text", "lock_image_partial_text")]
    [InlineData("partial-image", "lock_text_partial_image")]
    public void Partial_locks_and_what_they_leave_to_train(string recipe, string table)
    {
        Assert.Equal(Column(Table(table), "mean_recall"), MeanRecalls(recipe));
        Assert.Equal(Column(Table(table), "trainable_exact"), Recipes.Load(recipe).Trials.Select(t => (double)t.Trainable!.Value));
    }

    [Theory]
    [InlineData("baseline", "baseline_vs_zero_shot", 2)]
    [InlineData("improved-baseline", "improved_baseline", 2)]
    [InlineData("freezing-strategies", "partial_freeze_strategies", 6)]
    [InlineData("scaled-up-batch", "scale_up_batch", 3)]
    public void Tables_with_all_recalls(string recipe, string table, int rows)
    {
        var found = Table(table);
        if (found.ValueKind == JsonValueKind.Object) found = found.GetProperty("rows");
        string[] recalls = ["I2T R@1", "I2T R@5", "I2T R@10", "T2I R@1", "T2I R@5", "T2I R@10", "mean_recall"];
        string[] metrics = [.. from way in new[] { "image2text", "text2image" } from k in new[] { 1, 5, 10 } select $"retrieval-{way}-R@{k}", "retrieval-mean-recall"];
        var trials = Recipes.Load(recipe).Trials;
        Assert.Equal(rows, trials.Count);
        Assert.All(trials.Zip(found.EnumerateArray()), pair => Assert.Equal(recalls.Select(r => pair.Second.GetProperty(r).GetDouble()), metrics.Select(m => pair.First.Published[m])));
    }

    [Theory]
    [InlineData("lldr", "layer_decay_text")]
    [InlineData("ema", "model_ema_decay")]
    [InlineData("wise-ft", "eval_with_wise_ft")]
    public void Where_the_guide_prints_no_figures_the_recipe_has_the_loops_values_and_none_either(string recipe, string setting)
    {
        var values = Table("sweeps_without_numbers").GetProperty(recipe.Replace('-', '_')).EnumerateObject().First().Value.EnumerateArray().Select(v => v.GetDouble());
        Assert.Equal(values, Recipes.Load(recipe).Trials.Select(t => double.Parse(t.Settings[setting])));
        Assert.All(Recipes.Load(recipe).Trials, t => Assert.Empty(t.Published));
    }
}
