using System.Text.Json;

namespace Itra.Cli.Tests.Commands;

public class AuditLogTests(RecordedRuns recorded)
{
    private string[] Lines(params string[] words) => recorded.Itra.Run(["audit", "log", .. words]).Output.TrimEnd('\n').Split('\n');

    [Fact]
    public void The_log_is_an_array_of_events_over_all_runs_with_the_newest_last()
    {
        var outcome = recorded.Itra.Run("audit", "log", "--json", "--all");
        Assert.Equal(("", ExitCode.Done), (outcome.Error, outcome.ExitCode));
        var log = JsonDocument.Parse(outcome.Output).RootElement.EnumerateArray().ToList();
        Assert.Equal(16, log.Count);
        Assert.Equal(("run_registered", "run_failed"), (Text(log[0], "type"), Text(log[^1], "type")));
        Assert.Equal((RecordedRuns.Failed, 3, "me"), (Text(log[^1], "stream"), log[^1].GetProperty("version").GetInt32(), Text(log[^1], "user")));
        Assert.Equal(["sequence", "recorded_at", "stream", "version", "type", "user", "id", "hash", "data"], log[0].EnumerateObject().Select(p => p.Name));
        Assert.Equal(64, Text(log[0], "hash")!.Length);
        Assert.Equal("good", Text(log[0].GetProperty("data").GetProperty("spec"), "name"));
    }

    [Fact]
    public void A_pipe_gets_a_line_for_each_event()
    {
        var lines = Lines("good", "--limit", "2");
        Assert.Equal(["sequence", "recorded_at", "stream", "version", "type", "user", "gist"], lines[0].Split('\t'));
        Assert.Equal(["checkpoint_saved", "run_completed"], lines[1..].Select(l => l.Split('\t')[4]));
        Assert.Equal("epoch_2.pt after epoch 2, step 20, 1.0 MiB, sha256 dddddddddddd", lines[1].Split('\t')[6]);
    }

    [Fact]
    public void Filters_of_type_user_and_time_are_understood()
    {
        Assert.Equal(3, Lines("--type", "run_registered").Length);
        Assert.Equal(17, Lines("--user", "me").Length);
        Assert.Equal(17, Lines("--since", "1h").Length);
        Assert.Single(Lines("--until", "2020-01-01"));
        Assert.Equal("[]", recorded.Itra.Run("audit", "log", "--until", "2020-01-01T12:30Z", "--json").Output.Trim());
    }

    [Theory]
    [InlineData("there is no event type 'run_register'; the nearest is run_registered", "--type", "run_register")]
    [InlineData("nothing was recorded by 'mee'; the nearest user is me", "--user", "mee")]
    [InlineData("'yesterday' is no time", "--since", "yesterday")]
    [InlineData("--limit takes a number above 0, not 0", "--limit", "0")]
    [InlineData("there is no run 'nothing'", "nothing")]
    public void What_there_is_not_is_refused_with_what_there_is(string message, params string[] words)
    {
        var outcome = recorded.Itra.Run(["audit", "log", .. words]);
        Assert.Equal(ExitCode.WrongInput, outcome.ExitCode);
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
    }

    private static string? Text(JsonElement parent, string name) => parent.GetProperty(name).GetString();
}
