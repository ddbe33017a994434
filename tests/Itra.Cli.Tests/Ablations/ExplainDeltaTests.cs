using System.Text.Json;
using Itra.Cli.Demo;

namespace Itra.Cli.Tests.Ablations;

/// <summary>Two tiny trainings, what lies between them, and the sweep over it, through the real program.</summary>
public sealed class ExplainDeltaTests : IDisposable
{
    private readonly ItraProgram itra = new();
    private readonly DemoWorld world;

    public ExplainDeltaTests() => (world, _) = DemoWorld.Prepare(Path.Combine(itra.Home, "world"), new DemoSizes(1, 12, 10, 40, 1));

    public void Dispose()
    {
        itra.Run("down");
        itra.Dispose();
    }

    private JsonElement Answer(params string[] words)
    {
        var outcome = itra.Run([.. words, "--json"]);
        Assert.True(outcome.ExitCode == ExitCode.Done, outcome.Error);
        return JsonDocument.Parse(outcome.Output).RootElement;
    }

    private void Train(string name, params string[] more) => Assert.Equal((ExitCode.Done, ""), itra.Run(
    [
        "train", "--train-data", "mscoco_captions", "--retrieval-data", "mscoco_captions", "--retrieval-frequency", "1", "--datasets-dir", world.Datasets, "--vocabulary", world.Vocabulary,
        "--image-model", world.Model, "--text-model", world.Model, "--epochs", "2", "--batch-size", "3", "--accum-freq", "2", "--workers", "1", "--threads", "1", "--logs", "logs", "--name", name, .. more,
    ]) is var o ? (o.ExitCode, o.ExitCode == 0 ? "" : o.Error) : default);

    [Fact]
    public void The_sweep_between_two_runs_trains_what_is_missing_and_then_every_step_is_explained()
    {
        Train("plain", "--lr", "1e-5");
        Train("better", "--lr", "1e-3", "--model_ema", "--model_ema_decay", "0.5", "--lock-text-model", "--workers", "2", "--eval-first");

        var delta = Answer("explain-delta", "plain", "better", "--to", "ladder.yaml");
        Assert.Equal(["lock_text_model", "lr", "model_ema"], delta.GetProperty("changes").EnumerateArray().Select(c => c.GetProperty("name").GetString()));
        Assert.Equal(["start", "only-lock_text_model", "only-lr", "only-model_ema", "ladder-2-lr", "ladder-3-model_ema"], Texts(delta, "trial"));
        Assert.Equal(0, delta.GetProperty("not_explained").GetArrayLength());
        var rungs = delta.GetProperty("rungs");
        Assert.Equal((4, 4 * 4), (delta.GetProperty("to_run").GetInt32(), delta.GetProperty("steps_to_run").GetInt32()));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Number), (rungs[1].GetProperty("explains").ValueKind, rungs[0].GetProperty("score").ValueKind));

        var planned = Answer("sweep", "run", "ladder.yaml", "--dry-run");
        Assert.Equal(["already_done", "to_run", "to_run", "to_run", "to_run", "already_done"], planned.EnumerateArray().Select(r => r.GetProperty("state").GetString()));
        Assert.All(planned.EnumerateArray(), r => Assert.Equal(4, r.GetProperty("steps").GetInt32()));
        Assert.Equal(Texts(delta, "trial"), planned.EnumerateArray().Select(r => r.GetProperty("trial").GetString()));

        Answer("sweep", "run", "ladder.yaml");
        delta = Answer("explain-delta", "plain", "better", "--to", "ladder.yaml");
        rungs = delta.GetProperty("rungs");
        Assert.Equal((0, 0), (delta.GetProperty("to_run").GetInt32(), delta.GetProperty("steps_to_run").GetInt32()));
        var score = rungs.EnumerateArray().ToDictionary(r => r.GetProperty("trial").GetString()!, r => r.GetProperty("score").GetDouble());
        foreach (var rung in rungs.EnumerateArray().Skip(1))
            Assert.Equal(score[rung.GetProperty("trial").GetString()!] - score[rung.GetProperty("below").GetString()!], rung.GetProperty("explains").GetDouble(), 9);
        // What the steps of the ladder explain adds up to the whole.
        var climbed = rungs.EnumerateArray().Where(r => r.GetProperty("trial").GetString() is "only-lock_text_model" or "ladder-2-lr" or "ladder-3-model_ema").Sum(r => r.GetProperty("explains").GetDouble());
        Assert.Equal(score["ladder-3-model_ema"] - score["start"], climbed, 9);

        var compared = Answer("compare", "plain", "only-lr");
        Assert.Equal("lr", compared.GetProperty("settings")[0].GetProperty("setting").GetString());
        Assert.Equal(("training/learning_rate", 0), compared.GetProperty("streams")[0].GetProperty("first") is var first ? (first.GetProperty("what").GetString(), first.GetProperty("step").GetInt32()) : default);
        Train("again", "--lr", "1e-5");
        var line = itra.Run("compare", "plain", "again").Output.TrimEnd('\n').Split('\n')[^1];
        Assert.EndsWith("identical in everything recorded", line, StringComparison.Ordinal);
        Assert.Contains("differ in nothing that a flag can change and training depends on", itra.Run("explain-delta", "plain", "again").Error, StringComparison.Ordinal);

        var piped = itra.Run("explain-delta", "plain", "better");
        Assert.StartsWith("# From run-", piped.Output, StringComparison.Ordinal);
        Assert.Contains("6 trials, 6 of them done; 0 to run, 0 steps", piped.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void No_sweep_is_proposed_that_would_have_to_begin_as_a_branch_does()
    {
        Train("plain", "--lr", "1e-5");
        Assert.Equal(ExitCode.Done, itra.Run("runs", "branch", "plain", "--at", "last", "--epochs", "3", "--lr", "1e-4").ExitCode);
        foreach (var (from, to) in new[] { ("plain", "plain-branch-1"), ("plain-branch-1", "plain") })
        {
            var refused = itra.Run("explain-delta", from, to, "--to", "ladder.yaml");
            Assert.Equal(ExitCode.WrongInput, refused.ExitCode);
            Assert.Matches("began with run-.*/epoch_2.pt, with which no trial of a sweep can begin", refused.Error);
        }
        Assert.False(File.Exists(Path.Combine(itra.Home, "ladder.yaml")));
    }

    private static IEnumerable<string?> Texts(JsonElement delta, string name) => delta.GetProperty("rungs").EnumerateArray().Select(r => r.GetProperty(name).GetString());
}
