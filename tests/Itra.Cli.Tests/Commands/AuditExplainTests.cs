using System.Text.Json;

namespace Itra.Cli.Tests.Commands;

public class AuditExplainTests(RecordedRuns recorded)
{
    [Fact]
    public void An_explanation_is_an_object_from_the_score_back_to_where_it_came_from()
    {
        var outcome = recorded.Itra.Run("audit", "explain", "good", "--json");
        Assert.Equal(("", ExitCode.Done), (outcome.Error, outcome.ExitCode));
        var e = JsonDocument.Parse(outcome.Output).RootElement;
        Assert.Equal((RecordedRuns.Completed, "retrieval-mean-recall", 45.0), (e.GetProperty("run_id").GetString(), e.GetProperty("metric").GetString(), e.GetProperty("value").GetDouble()));
        Assert.Equal((11, 2, "raw"), (e.GetProperty("measurement").GetProperty("version").GetInt32(), e.GetProperty("measurement").GetProperty("epoch").GetInt32(), e.GetProperty("measurement").GetProperty("weights").GetString()));
        Assert.Equal((1, 2, 1, 1), (
            Number(e, "evaluations_before"), Number(e, "evaluations"), Number(e, "store_evaluations_before"), Number(e, "store_runs_before")));
        Assert.Equal(("kept", "epoch_2.pt", false), (e.GetProperty("weights").GetProperty("fate").GetString(), e.GetProperty("weights").GetProperty("file_name").GetString(), e.GetProperty("weights").GetProperty("in_store").GetBoolean()));
        Assert.Equal("initial_weights", e.GetProperty("ancestors")[0].GetProperty("kind").GetString());
        Assert.Equal("1e-5", e.GetProperty("settings").GetProperty("lr").GetString());
    }

    [Fact]
    public void A_pipe_gets_facts_line_by_line()
    {
        var lines = recorded.Itra.Run("audit", "explain", "good", "image2text-R@1", "--epoch", "1").Output.TrimEnd('\n').Split('\n');
        Assert.Equal(["what\tvalue", $"score\t10.00 retrieval-image2text-R@1 of good ({RecordedRuns.Completed}), epoch 1"], lines[..2]);
        Assert.Equal("checkpoint\tnone of epoch 1 was kept: the score cannot be measured again without training again (see --save-frequency)", lines.Single(l => l.StartsWith("checkpoint\t", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("several scores 'R@1'", "good", "R@1")]
    [InlineData("after epoch 1, 2", "good", "--epoch", "9")]
    [InlineData("never evaluated", "bad")]
    public void What_there_is_not_is_refused_with_what_there_is(string message, params string[] words)
    {
        var outcome = recorded.Itra.Run(["audit", "explain", .. words]);
        Assert.Equal(ExitCode.WrongInput, outcome.ExitCode);
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
    }

    private static int Number(JsonElement explanation, string name) => explanation.GetProperty("selection").GetProperty(name).GetInt32();
}
