using System.Text.Json;
using Itra.Cli.Tests.Sweeps;

namespace Itra.Cli.Tests.Commands;

/// <summary>A board's whole life through the program, in a store of its own: what is defined here, others would count.</summary>
public sealed class LeaderboardCommandTests : IAsyncLifetime
{
    private readonly RecordedRuns recorded = new();

    public ValueTask InitializeAsync() => recorded.InitializeAsync();

    public ValueTask DisposeAsync() => recorded.DisposeAsync();

    private string Ask(params string[] words)
    {
        var outcome = recorded.Itra.Run(words);
        Assert.True(outcome.ExitCode == ExitCode.Done, outcome.Error);
        return outcome.Output;
    }

    private JsonElement Json(params string[] words) => JsonDocument.Parse(Ask([.. words, "--json"])).RootElement;

    private string Refused(params string[] words)
    {
        var outcome = recorded.Itra.Run(words);
        Assert.Equal(ExitCode.WrongInput, outcome.ExitCode);
        return Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void A_board_is_defined_previewed_filled_and_shown_as_of_any_time()
    {
        var recipes = Path.Combine(Recipes.Root, "recipes", "leaderboards");
        Assert.Contains("version 1", Ask("leaderboard", "define", Path.Combine(recipes, "coco-retrieval.yaml")), StringComparison.Ordinal);
        Assert.Contains("so already", Ask("leaderboard", "define", Path.Combine(recipes, "coco-retrieval.yaml")), StringComparison.Ordinal);
        Assert.Contains("6 external rows", Ask("leaderboard", "add", Path.Combine(recipes, "coco-external.yaml"), "--to", "coco-retrieval"), StringComparison.Ordinal);

        var rows = Json("leaderboard", "coco-retrieval").EnumerateArray().ToList();
        Assert.Equal(["PTP-BLIP (large)", "BLIP (large)", "FLIP (ViT-L-14)", "Fine-tuned CLIP RN50", "Zero-shot CLIP RN50", "good"], rows.Select(r => r.GetProperty("name").GetString()));
        Assert.Equal([true, true, true, true, true, false], rows.Select(r => r.GetProperty("external").GetBoolean()));
        Assert.Equal((JsonValueKind.Null, RecordedRuns.Completed), (rows[0].GetProperty("run_id").ValueKind, rows[5].GetProperty("run_id").GetString()));
        Assert.Equal((2, 2), (rows[5].GetProperty("selection").GetProperty("evaluations").GetInt32(), rows[5].GetProperty("selection").GetProperty("evaluations_in_all").GetInt32()));
        Assert.Contains("Florence (CoSwin-H) (external) has no place here", recorded.Itra.Run("leaderboard", "coco-retrieval").Error, StringComparison.Ordinal);

        var changed = Path.Combine(recorded.Itra.Home, "changed.yaml");
        File.WriteAllText(changed, "name: coco-retrieval\nmetric: retrieval-text2image-R@5\ndataset: mscoco_captions\n");
        Assert.Equal(("new", "down"), (Change("Florence (CoSwin-H)"), Change("FLIP (ViT-L-14)")));
        Assert.Equal("same", Change("PTP-BLIP (large)"));
        Assert.Equal(1, Json("leaderboard", "show", "coco-retrieval").GetProperty("version").GetInt32());

        Assert.Empty(Json("leaderboard", "add", Path.Combine(recipes, "coco-external.yaml"), "--to", "coco-retrieval").GetProperty("rows").EnumerateArray());
        var again = Json("leaderboard", "define", Path.Combine(recipes, "coco-retrieval.yaml"));
        Assert.Equal(("coco-retrieval", 1, false), (again.GetProperty("name").GetString(), again.GetProperty("version").GetInt32(), again.GetProperty("changed").GetBoolean()));

        var change = Json("leaderboard", "history", "coco-retrieval")[0];
        Assert.Equal((RecordedRuns.Completed, 45.0, "leaderboard_defined"), (change.GetProperty("leader").GetProperty("run_id").GetString(), change.GetProperty("leader").GetProperty("value").GetDouble(), change.GetProperty("cause").GetProperty("type").GetString()));
        Assert.Contains("coco-retrieval\t1\t", Ask("leaderboard", "ls"), StringComparison.Ordinal);
        Assert.Contains("there is no leaderboard 'coco-retrieval'", Refused("leaderboard", "coco-retrieval", "--as-of", "2026-03-01"), StringComparison.Ordinal);

        Assert.Contains("there is no score 'retrieval-mean-recal'; the nearest is retrieval-mean-recall", Refused("leaderboard", "--metric", "retrieval-mean-recal"), StringComparison.Ordinal);
        Assert.Contains("there is no data set with scores 'mscoco'; the nearest is mscoco_captions", Refused("leaderboard", "--dataset", "mscoco"), StringComparison.Ordinal);
        Assert.Contains("there is no experiment 'nobody'; the nearest is ", Refused("leaderboard", "--experiment", "nobody"), StringComparison.Ordinal);

        string? Change(string name) => Json("leaderboard", "preview", changed).EnumerateArray().Single(r => r.GetProperty("name").GetString() == name).GetProperty("change").GetString();
    }

    [Fact]
    public void As_of_shows_the_state_of_then()
    {
        Assert.Equal(0, Json("leaderboard", "--as-of", "2026-02-28").GetArrayLength());
        Assert.Equal(0, Json("runs", "ls", "--as-of", "2026-02-28").GetArrayLength());
        var first = Json("leaderboard", "--as-of", "2026-03-01T12:00:08Z")[0];
        Assert.Equal((1, 35.0), (first.GetProperty("epoch").GetInt32(), first.GetProperty("value").GetDouble()));
        var run = Assert.Single(Json("runs", "ls", "--as-of", "2026-03-01T12:00:08Z").EnumerateArray());
        Assert.Equal(("running", 1), (run.GetProperty("status").GetString(), run.GetProperty("epoch").GetInt32()));
        Assert.Equal(1, Json("runs", "show", "good", "--as-of", "2026-03-01T12:00:08Z").GetProperty("evaluations").GetArrayLength());
        Assert.Contains("not 'yesterday'", Refused("runs", "ls", "--as-of", "yesterday"), StringComparison.Ordinal);
        Assert.Contains("there is no seal 77", Refused("runs", "ls", "--as-of", "seal:77"), StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_are_listed_in_pages_and_unknown_flags_of_a_board_named()
    {
        Assert.Equal(RecordedRuns.Failed, Assert.Single(Json("runs", "ls", "--limit", "1").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(2, Json("runs", "ls", "--all").GetArrayLength());
        Assert.Contains("above 0", Refused("runs", "ls", "--limit", "0"), StringComparison.Ordinal);
        Assert.Contains("the nearest known one is --metric", Refused("leaderboard", "--metrik"), StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_can_be_folded_again_and_is_as_it_was()
    {
        Assert.Contains("nothing was otherwise", Ask("rebuild", "--check"), StringComparison.Ordinal);
        Assert.Equal(0, Json("rebuild").GetProperty("differences").GetArrayLength());
    }
}
