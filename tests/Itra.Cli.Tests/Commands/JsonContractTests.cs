using System.Text.Json;

namespace Itra.Cli.Tests.Commands;

/// <summary>What scripts rely on: names and shapes of every answer in JSON.</summary>
public class JsonContractTests(RecordedRuns recorded)
{
    private JsonElement Ask(params string[] words)
    {
        var outcome = recorded.Itra.Run([.. words, "--json"]);
        Assert.Equal(("", ExitCode.Done), (outcome.Error, outcome.ExitCode));
        return JsonDocument.Parse(outcome.Output).RootElement;
    }

    [Fact]
    public void Runs_ls_is_an_array_with_the_newest_run_first()
    {
        var runs = Ask("runs", "ls");
        Assert.Equal([RecordedRuns.Failed, RecordedRuns.Completed], runs.EnumerateArray().Select(r => r.GetProperty("id").GetString()));
        var run = runs[1];
        Assert.Equal(("good", "completed", "clip", "demo"), (Text(run, "name"), Text(run, "status"), Text(run, "trainer"), Text(run, "experiment")));
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 12, 0, 1, TimeSpan.Zero), run.GetProperty("started_at").GetDateTimeOffset());
        Assert.Equal((2, 2, 45.0), (run.GetProperty("epoch").GetInt32(), run.GetProperty("best_epoch").GetInt32(), run.GetProperty("best_mean_recall").GetDouble()));
        Assert.Equal(("failed", "the loss is not a number at step 3"), (Text(runs[0], "status"), Text(runs[0], "failure_reason")));
    }

    [Fact]
    public void Leaderboard_is_an_array_of_places_with_all_scores()
    {
        var places = Ask("leaderboard");
        Assert.Equal(1, places.GetArrayLength());
        var first = places[0];
        Assert.Equal((1, RecordedRuns.Completed, "good", 2), (first.GetProperty("rank").GetInt32(), Text(first, "run_id"), Text(first, "name"), first.GetProperty("epoch").GetInt32()));
        Assert.Equal(("retrieval-mean-recall", 45.0), (Text(first, "metric"), first.GetProperty("value").GetDouble()));
        Assert.Equal(new Dictionary<string, double>
        {
            ["retrieval-image2text-R@1"] = 20, ["retrieval-image2text-R@5"] = 30, ["retrieval-image2text-R@10"] = 40,
            ["retrieval-text2image-R@1"] = 50, ["retrieval-text2image-R@5"] = 60, ["retrieval-text2image-R@10"] = 70, ["retrieval-mean-recall"] = 45,
        }, first.GetProperty("scores").EnumerateObject().ToDictionary(s => s.Name, s => s.Value.GetDouble()));
        Assert.Equal(20, Ask("leaderboard", "--metric", "retrieval-image2text-R@1")[0].GetProperty("value").GetDouble());
        Assert.Equal(0, Ask("leaderboard", "--metric", "retrieval-mean-recall", "--as-of", "2026-01-01").GetArrayLength());
    }

    [Fact]
    public void Events_are_an_array_in_order_with_their_data_as_objects()
    {
        var events = Ask("events", "good");
        Assert.Equal(
        [
            "run_registered", "run_started", "dataset_fingerprinted", "model_initialised", "training_planned", "metrics_logged", "epoch_completed",
            "retrieval_evaluated", "metrics_logged", "epoch_completed", "retrieval_evaluated", "checkpoint_saved", "run_completed",
        ], events.EnumerateArray().Select(e => Text(e, "type")));
        Assert.Equal(Enumerable.Range(1, 13), events.EnumerateArray().Select(e => e.GetProperty("version").GetInt32()));
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 12, 0, 3, TimeSpan.Zero), events[3].GetProperty("at").GetDateTimeOffset());
        Assert.Equal(["version", "type", "at", "id", "hash", "data"], events[3].EnumerateObject().Select(p => p.Name));
        Assert.Equal((36, 64), (Text(events[3], "id")!.Length, Text(events[3], "hash")!.Length));
        Assert.Equal(60, events[3].GetProperty("data").GetProperty("total").GetProperty("trainable").GetInt64());
    }

    [Fact]
    public void Runs_show_is_an_object_with_the_summary_and_what_it_was_made_from()
    {
        var report = Ask("runs", "show", "run-0");
        Assert.Equal(RecordedRuns.Completed, Text(report.GetProperty("run"), "id"));
        Assert.Equal("1e-5", Text(report.GetProperty("spec").GetProperty("config"), "lr"));
        Assert.Equal("host", Text(report.GetProperty("provenance"), "host"));
        Assert.Equal(2, report.GetProperty("evaluations").GetArrayLength());
        Assert.Equal([2.5, 2.25, 1.5, 1.25], report.GetProperty("curves")[0].GetProperty("values").EnumerateArray().Select(v => v.GetDouble()));
    }

    [Fact]
    public void Compare_is_an_object_with_results_scores_differences_curves_and_where_streams_part()
    {
        var compared = Ask("compare", "good", "bad");
        Assert.Equal([RecordedRuns.Completed, RecordedRuns.Failed], compared.GetProperty("run_ids").EnumerateArray().Select(r => r.GetString()));
        var row = compared.GetProperty("rows")[0];
        Assert.Equal((60, 80.5, "completed"), (row.GetProperty("trainable").GetInt64(), row.GetProperty("images_per_second").GetProperty("mean").GetDouble(), row.GetProperty("statuses")[0].GetString()));
        Assert.Equal(0, compared.GetProperty("scores").GetArrayLength());
        Assert.Equal("mscoco_captions", Text(compared.GetProperty("unshared")[0], "dataset"));
        Assert.Equal(["name"], compared.GetProperty("places").EnumerateArray().Select(p => Text(p, "setting")));
        Assert.Equal(0, compared.GetProperty("settings").GetArrayLength());
        Assert.Equal(["train", "initial"], compared.GetProperty("circumstances").EnumerateArray().Select(c => Text(c, "what")));
        Assert.Equal(("training/loss-align", 4), compared.GetProperty("curves")[0] is var curve ? (Text(curve, "metric"), curve.GetProperty("lines")[0].GetProperty("points").GetArrayLength()) : default);
        Assert.Equal((RecordedRuns.Failed, false), compared.GetProperty("streams")[0] is var s ? (Text(s, "run_id"), s.GetProperty("same_extent").GetBoolean()) : default);
    }

    [Fact]
    public void Compare_shows_runs_as_they_were()
    {
        var then = Ask("compare", "good", "bad", "--as-of", "2026-03-01T12:01:41Z").GetProperty("rows");
        Assert.Equal(["completed", "running"], then.EnumerateArray().Select(r => r.GetProperty("statuses")[0].GetString()));
        Assert.Contains("there is no run 'bad'", recorded.Itra.Run("compare", "good", "bad", "--as-of", "2026-03-01T12:00:08Z").Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_params_is_an_object_with_towers_and_tensors()
    {
        var all = Ask("models", "params", "RN50");
        Assert.Equal((102_007_137, 102_007_137), (all.GetProperty("total").GetInt64(), all.GetProperty("trainable").GetInt64()));

        // The guide: attention pool alone, both towers locked, 14.79 M.
        var pool = Ask("models", "params", "RN50", "--lock-image-model", "--lock-text-model", "--lock-image-partial", "!attnpool");
        Assert.Equal(14_789_633, pool.GetProperty("trainable").GetInt64());
        Assert.Equal((38_316_896, 14_789_632), (pool.GetProperty("image").GetProperty("total").GetInt64(), pool.GetProperty("image").GetProperty("trainable").GetInt64()));
        Assert.Equal(0, pool.GetProperty("text").GetProperty("trainable").GetInt64());
        var tensor = pool.GetProperty("tensors").EnumerateArray().Single(t => Text(t, "name") == "image_backbone.attnpool.k_proj.weight");
        Assert.Equal([2048L, 2048L], tensor.GetProperty("shape").EnumerateArray().Select(s => s.GetInt64()));
        Assert.Equal((true, "decay"), (tensor.GetProperty("trainable").GetBoolean(), Text(tensor, "group")));
        Assert.All(pool.GetProperty("tensors").EnumerateArray().Where(t => !t.GetProperty("trainable").GetBoolean()),
            t => Assert.Equal(JsonValueKind.Null, t.GetProperty("group").ValueKind));
    }

    [Fact]
    public void Models_ls_and_doctor_are_arrays()
    {
        Assert.Equal(0, Ask("models", "ls").GetArrayLength());
        Assert.All(Ask("doctor").EnumerateArray(), finding => Assert.True(finding.GetProperty("ok").GetBoolean(), Text(finding, "what")));
    }

    private static string? Text(JsonElement parent, string name) => parent.GetProperty(name).GetString();
}
