using System.Text.Json;

namespace Itra.Cli.Tests.Commands;

public class AuditCommandTests(RecordedRuns recorded)
{
    private const int Completed = 13, Failed = 3;

    [Fact]
    public void What_was_recorded_verifies_and_what_is_missing_is_named()
    {
        var sound = recorded.Itra.Run("audit", "verify", "--no-blobs", "--json");
        Assert.Equal((ExitCode.Done, ""), (sound.ExitCode, sound.Error));
        var report = JsonDocument.Parse(sound.Output).RootElement;
        Assert.Equal((true, Completed + Failed, 2, 2, 0), (report.GetProperty("sound").GetBoolean(), report.GetProperty("events").GetInt32(), report.GetProperty("streams").GetInt32(), report.GetProperty("metric_blocks").GetInt32(), report.GetProperty("findings").GetArrayLength()));

        // Its checkpoint is in no store.
        var missing = recorded.Itra.Run("audit", "verify", "good", "--json");
        Assert.Equal(ExitCode.Failed, missing.ExitCode);
        var finding = Assert.Single(JsonDocument.Parse(missing.Output).RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal((RecordedRuns.Completed, 12, "blob_missing"), (finding.GetProperty("stream").GetString(), finding.GetProperty("version").GetInt32(), finding.GetProperty("kind").GetString()));
    }

    [Fact]
    public void In_a_pipe_findings_are_rows_and_the_rest_goes_to_stderr()
    {
        var outcome = recorded.Itra.Run("audit", "verify", "--all");
        Assert.Equal(ExitCode.Failed, outcome.ExitCode);
        var lines = outcome.Output.TrimEnd('\n').Split('\n');
        Assert.Equal("stream\tversion\tkind\twhat", lines[0]);
        Assert.StartsWith($"{RecordedRuns.Completed}\t12\tblob_missing\t", Assert.Single(lines[1..]), StringComparison.Ordinal);
        Assert.Contains("1 thing is not as recorded", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_seal_is_exported_once_and_the_same_as_long_as_nothing_is_recorded()
    {
        var file = Path.Combine(recorded.Itra.Home, "paper.json");
        var first = recorded.Itra.Run("audit", "seal", "--to", file, "--json");
        Assert.Equal((ExitCode.Done, ""), (first.ExitCode, first.Error));
        var seal = JsonDocument.Parse(first.Output).RootElement[0];
        Assert.Equal((Completed + Failed, file), (seal.GetProperty("seal").GetProperty("events").GetInt32(), seal.GetProperty("exported").GetString()));
        var again = JsonDocument.Parse(recorded.Itra.Run("audit", "seal", "--to", file, "--json").Output).RootElement[0];
        Assert.False(again.GetProperty("new").GetBoolean());
        Assert.Equal(seal.GetProperty("seal").GetProperty("hash").GetString(), JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("hash").GetString());

        var verified = recorded.Itra.Run("audit", "verify", "--no-blobs", "--seal", file);
        Assert.Equal(ExitCode.Done, verified.ExitCode);
        Assert.Contains("0 events came after it", verified.Error, StringComparison.Ordinal);
    }
}
