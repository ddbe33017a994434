using Itra.Tracking.Comparison;
using Itra.Tracking.Tests.Runs;

namespace Itra.Tracking.Tests.Comparison;

public class RunComparisonTests
{
    private static readonly TrainedRun A = new("run-a"), B = new("run-b") { Name = "other" };
    private static readonly ComparisonRules Rules = new(new HashSet<string> { "workers" }, new Dictionary<string, string> { ["workers"] = "8", ["model_ema"] = "false" });

    private static RunComparison Compare(params TrainedRun[] runs) => RunComparison.Of([.. runs.Select(r => r.Recorded())], Rules);

    private static TrainedRun With(TrainedRun run, string key, string value) => run with { Config = new Dictionary<string, string>(run.Config) { [key] = value } };

    [Fact]
    public void Only_settings_that_differ_are_told_and_places_stand_by_themselves()
    {
        var compared = Compare(A, With(With(B, "lr", "2e-05"), "workers", "2"));
        Assert.Equal([("lr", "1e-05", "2e-05")], compared.Settings.Select(s => (s.Setting, s.Values[0]!, s.Values[1]!)));
        Assert.Equal([("name", "baseline", "other"), ("workers", "8", "2")], compared.Places.Select(s => (s.Setting, s.Values[0]!, s.Values[1]!)));
    }

    [Fact]
    public void A_setting_unknown_when_a_run_was_recorded_had_its_defaults_effect()
    {
        Assert.Empty(Compare(A, With(B, "model_ema", "false")).Settings);
        Assert.Equal(["false", "true"], Compare(A, With(B, "model_ema", "true")).Settings.Single().Values);
        Assert.Equal([null, "5"], Compare(A, With(B, "novelty", "5")).Settings.Single().Values);
    }

    [Fact]
    public void Code_data_weights_packages_and_machines_are_told_where_they_differ_in_that_order()
    {
        var other = B with { TrainDigest = "d9", WeightsDigest = "w9", Provenance = A.Provenance with { Commit = "fedc", Host = "lovelace", Libraries = new Dictionary<string, string> { ["libtorch"] = "2.11.0" } } };
        Assert.Equal(
        [
            ("code", "commit", "fedc"), ("data", "train", "d9"), ("weights", "initial", "w9"), ("packages", "libtorch", "2.11.0"), ("machine", "host", "lovelace"),
        ], Compare(A, other).Circumstances.Select(c => (c.Kind, c.What, c.Values[1]!)));
        Assert.Empty(Compare(A, B).Circumstances);
    }

    [Fact]
    public void The_last_and_the_best_epoch_are_told_and_the_highest_of_each_stands_out()
    {
        var compared = Compare(A with { Recalls = [70, 74] }, With(B, "lr", "2e-05") with { Recalls = [76, 73] });
        var mean = compared.Scores.Single().Columns.Single(c => c.Metric == "retrieval-mean-recall");
        Assert.Equal([(74, 74, 2), (73, 76, 1)], mean.Cells.Select(c => (c!.Last.Mean, c.Best.Mean, c.BestEpoch!.Value)));
        Assert.Equal((0, 1), (mean.BestByLast.Single(), mean.BestByBest.Single()));
    }

    [Fact]
    public void Of_equal_scores_none_stands_out_and_one_that_is_no_number_never_does()
    {
        Assert.Empty(Compare(A, With(B, "lr", "2e-05")).Scores.Single().Columns[0].BestByLast);
        var compared = Compare(A, With(B, "lr", "2e-05") with { Recalls = [71, double.NaN] }, With(B, "lr", "3e-05") with { Id = "run-c", Recalls = [71, 72] });
        Assert.Equal((0, 71), (compared.Scores.Single().Columns[0].BestByLast.Single(), compared.Scores.Single().Columns[0].Cells[1]!.Best.Mean));
    }

    [Fact]
    public void Scores_on_other_data_do_not_compare_though_their_name_is_the_same()
    {
        var compared = Compare(A, B with { RetrievalDigest = "d3" });
        Assert.Empty(compared.Scores);
        Assert.Equal([new Unshared("mscoco_captions", "d2", "run-a"), new Unshared("mscoco_captions", "d3", "run-b")], compared.Unshared);
    }

    [Fact]
    public void Runs_that_differ_only_in_their_seed_are_one_row_with_mean_and_deviation()
    {
        TrainedRun[] seeds = [A with { Recalls = [60, 70] }, B with { Seed = 2, Recalls = [60, 73], WeightsDigest = "w2" }, B with { Id = "run-c", Seed = 3, Recalls = [80, 73] }];
        var compared = Compare([.. seeds, With(B, "lr", "2e-05") with { Id = "run-d", Recalls = [1, 2] }]);
        Assert.Equal([["run-a", "run-b", "run-c"], ["run-d"]], compared.Rows.Select(r => r.RunIds));
        Assert.Equal([1, 2, 3], compared.Rows[0].Seeds);
        var cell = compared.Scores.Single().Columns[0].Cells[0]!;
        // Of 70, 73, 73: squares 4 + 1 + 1, by two.
        Assert.Equal((72, 3, null), (cell.Last.Mean, cell.Last.Runs, cell.BestEpoch));
        Assert.Equal(Math.Sqrt(3), cell.Last.Deviation!.Value, 9);
        Assert.Equal((70.0 + 73 + 80) / 3, cell.Best.Mean, 9);

        var expanded = RunComparison.Of([.. seeds.Select(r => r.Recorded())], Rules, seeds: true);
        Assert.Equal(["run-a", "run-b", "run-c"], expanded.Rows.Select(r => r.RunIds.Single()));
    }

    [Fact]
    public void Other_code_other_data_or_a_seed_that_comes_twice_keep_runs_apart()
    {
        Assert.Equal(2, Compare(A, B with { Seed = 2, TrainDigest = "d9" }).Rows.Count);
        Assert.Equal(2, Compare(A, B with { Seed = 2, Provenance = A.Provenance with { Commit = "fedc" } }).Rows.Count);
        Assert.Equal(3, Compare(A, B with { Seed = 2 }, B with { Id = "run-c", Seed = 2 }).Rows.Count);
        Assert.Single(Compare(A, B with { Seed = 2, Provenance = A.Provenance with { Host = "lovelace" } }).Rows);
    }

    [Fact]
    public void Speed_and_time_are_those_of_the_run()
    {
        var row = Compare(A, With(B, "lr", "2e-05") with { SamplesPerSecond = 40 }).Rows[1];
        Assert.Equal((40, 60, 2, "completed"), (row.ImagesPerSecond!.Mean, row.Trainable, row.Epochs.Single(), row.Statuses.Single().ToString().ToLowerInvariant()));
        // From the second command to the fourteenth and last, a second apart.
        Assert.Equal(RecordedRuns.Noon.AddSeconds(11), RecordedRuns.Noon.AddSeconds(row.Seconds!.Mean));
    }

    [Fact]
    public void One_run_is_no_comparison() => Assert.Throws<ArgumentException>(() => Compare(A));
}
