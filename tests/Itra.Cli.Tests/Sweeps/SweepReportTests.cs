using Itra.Cli.Sweeps;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking.Runs;

namespace Itra.Cli.Tests.Sweeps;

public class SweepReportTests
{
    private const string Metric = RetrievalScores.MeanRecallMetric;

    private readonly Recipe recipe = Recipes.Load("lr");
    private readonly List<RecordedRun> runs = [];
    private readonly List<(string Run, Evaluated Score)> scores = [];

    /// <summary>A completed run of a trial, evaluated after every epoch.</summary>
    private void Ran(int trial, string[] set, params double[] curve)
    {
        var request = Recipes.Plan(recipe, set)[trial].Request;
        var id = $"run-{runs.Count}";
        runs.Insert(0, new RecordedRun(
            new RunSummary(id, "any", "any", "clip", RunStatus.Completed, default, null), new RunSpec("clip", "any", "any", request.Config.Seed, request.Config.ToDictionary())));
        scores.AddRange(curve.Select((value, i) => (id, new Evaluated(i + 1, new Dictionary<string, double> { [Metric] = value }))));
    }

    private IReadOnlyList<Figure> Report(params string[] set) =>
        [.. SweepReport.Of(recipe, Recipes.Plan(recipe, set), new CompletedRuns(runs), scores.ToLookup(s => s.Run, s => s.Score)).Rows.Select(r => r.Figures.Single())];

    [Fact]
    public void The_last_epoch_is_compared_and_the_best_one_is_told()
    {
        Ran(1, [], 70, 74.5, 74);
        var figure = Report()[1];
        Assert.Equal((73.98, 74, 74.5, 2), (figure.Published, figure.Ours!.Mean, figure.Best!.Mean, figure.BestEpoch));
        Assert.Equal(0.02, figure.Difference!.Value, 9);
        Assert.Null(figure.Ours.Deviation);
    }

    [Fact]
    public void Seeds_are_averaged_and_a_seed_that_was_trained_twice_counts_once_with_its_newest_run()
    {
        Ran(0, ["seed=1"], 10);
        Ran(0, ["seed=1"], 70);
        Ran(0, ["seed=2"], 73);
        Ran(0, ["seed=3"], 73);
        var figure = Report()[0];
        Assert.Equal((72, 3, (int?)null), (figure.Ours!.Mean, figure.Ours.Runs, figure.BestEpoch));
        // Of 70, 73, 73: squares 4 + 1 + 1, by two.
        Assert.Equal(Math.Sqrt(3), figure.Ours.Deviation!.Value, 9);
    }

    [Fact]
    public void A_run_counts_however_its_pairs_were_divided_and_wherever_its_data_stood()
    {
        Ran(2, ["batch_size=256", "accum_freq=1", "datasets_dir=/here", "workers=7", "logs=/there"], 73);
        Assert.Equal(73, Report()[2].Ours!.Mean);
    }

    [Fact]
    public void A_run_of_another_experiment_does_not_count()
    {
        Ran(2, ["epochs=2"], 73);
        Ran(2, ["batch_size=128", "accum_freq=1"], 73);
        Assert.All(Report(), f => Assert.Null(f.Ours));
        Assert.Equal(73, Report("epochs=2")[2].Ours!.Mean);
    }

    [Fact]
    public void What_was_not_run_is_a_dash()
    {
        var report = SweepReport.Of(recipe, Recipes.Plan(recipe), new CompletedRuns([]), scores.ToLookup(s => s.Run, s => s.Score));
        var lines = ReportText.Markdown(report).Split('\n');
        Assert.Equal("| trial | published | ours | difference | best | epoch | seeds |", lines[2]);
        Assert.Equal("| lr5e-6 | 72.91 | - | - | - |  | - |", lines[4]);
    }

    [Fact]
    public void A_run_is_done_only_with_the_same_seed_and_batches()
    {
        var asked = Recipes.Plan(recipe)[1].Request;
        Ran(1, []);
        Ran(1, ["name=other", "logs=/there", "workers=9"]);
        Assert.All(runs, r => Assert.True(r.HasDone(asked, _ => null)));
        runs.Clear();
        Ran(1, ["seed=1"]);
        Ran(1, ["batch_size=64"]);
        Ran(2, []);
        Assert.All(runs, r => Assert.False(r.HasDone(asked, _ => null)));
    }

    [Fact]
    public void A_run_that_started_from_another_file_of_the_same_name_has_done_something_else()
    {
        var asked = Recipes.Plan(recipe, "resume=epoch_15.pt")[1].Request;
        Ran(1, ["resume=epoch_15.pt"]);
        var run = runs[0] with { StartedFrom = "aa" };
        Assert.True(run.HasDone(asked, path => path == "epoch_15.pt" ? "aa" : null));
        Assert.False(run.HasDone(asked, _ => "bb"));
        Assert.False(run.HasDone(asked, _ => null));
    }

    [Fact]
    public void A_picture_is_a_png_of_twice_the_size()
    {
        Ran(0, ["seed=1"], 72.4);
        Ran(0, ["seed=2"], 73.2);
        Ran(1, [], 74.2);
        Ran(2, [], 73.9);
        Ran(3, [], 73.0);
        Ran(5, [], 68.8);
        var path = Path.Combine(Path.GetTempPath(), $"itra-{Guid.NewGuid():N}.png");
        try
        {
            var trials = Recipes.Plan(recipe);
            ReportPicture.Save(SweepReport.Of(recipe, trials, new CompletedRuns(runs), scores.ToLookup(s => s.Run, s => s.Score)), recipe, trials, path);
            var header = File.ReadAllBytes(path).AsSpan(0, 24);
            Assert.True(header[1..4].SequenceEqual("PNG"u8));
            Assert.Equal((1920, 1120), (System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(header[16..]), System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(header[20..])));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
