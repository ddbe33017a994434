using System.Collections;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Itra.Cli.Training;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking;
using Microsoft.Extensions.DependencyInjection;

namespace Itra.Cli.Tests.Commands;

public sealed class PortableCommandTests(RecordedRuns recorded) : IDisposable
{
    private const string Secret = "hunter2-correct-horse", Password = "swordfish9-in-a-url";
    private static readonly string[] Formats = ["jsonl", "ro-crate", "prov", "csv"];
    private readonly ItraProgram there = new();

    public void Dispose()
    {
        there.Run("down");
        there.Dispose();
    }

    [Fact]
    public void Two_stores_with_the_same_runs_answer_alike()
    {
        foreach (var run in new[] { RecordedRuns.Failed, RecordedRuns.Completed })
        {
            var file = Path.Combine(there.Home, run + ".jsonl");
            var exported = recorded.Itra.Run("export", run, "--to", file, "--json");
            Assert.Equal((ExitCode.Done, ""), (exported.ExitCode, exported.Error));
            var imported = there.Run("import", file, "--json");
            Assert.Equal(ExitCode.Done, imported.ExitCode);
            var answer = JsonDocument.Parse(imported.Output).RootElement;
            Assert.Equal(JsonDocument.Parse(exported.Output).RootElement.GetProperty("head").GetString(), answer.GetProperty("head").GetString());
            Assert.Equal((run, true), (answer.GetProperty("run_id").GetString(), answer.GetProperty("is_new").GetBoolean()));
            // The checkpoint is in neither store.
            Assert.Equal(run == RecordedRuns.Completed, imported.Error.Contains("1 files that the run refers to are neither in", StringComparison.Ordinal));
        }
        foreach (var words in new string[][] { ["runs", "ls"], ["runs", "show", "good"], ["events", "good"], ["leaderboard"], ["runs", "show", "bad"] })
            Assert.Equal(recorded.Itra.Run([.. words, "--json"]).Output, there.Run([.. words, "--json"]).Output);

        var again = there.Run("import", Path.Combine(there.Home, RecordedRuns.Failed + ".jsonl"));
        Assert.Equal((ExitCode.Done, ""), (again.ExitCode, again.Error));
        Assert.Contains("is in the store already", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_is_written_beside_its_user_under_its_name_and_never_over_something()
    {
        recorded.Itra.Folder = there.Home;
        var first = recorded.Itra.Run("export", "good", "--format", "csv");
        Assert.Equal((ExitCode.Done, ""), (first.ExitCode, first.Error));
        var file = Path.Combine(there.Home, $"good-{RecordedRuns.Completed}.csv");
        Assert.StartsWith("kind,epoch,step", File.ReadAllText(file), StringComparison.Ordinal);
        File.WriteAllText(file, "mine");
        var second = recorded.Itra.Run("export", "good", "--format", "csv");
        Assert.Equal(ExitCode.WrongInput, second.ExitCode);
        Assert.Contains("--force replaces it", second.Error, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(file));
        Assert.Equal(ExitCode.WrongInput, recorded.Itra.Run("export", "good", "--format", "prov", "--with-blobs").ExitCode);
        Assert.Equal([file], Directory.GetFiles(there.Home));
        recorded.Itra.Folder = null;
    }

    [Fact]
    public async Task No_form_of_a_run_holds_a_secret_of_its_environment_or_command_line()
    {
        var redaction = new Redaction(new Hashtable { ["MY_SERVICE_TOKEN"] = Secret, ["STORE"] = $"postgres://me:{Password}@db/itra" });
        var command = redaction.CommandLine(["itra", "train", "--api-token", "sesame-sesame", "--note", $"see https://me:{Password}@hub", Secret]);
        await using (var services = new ServiceCollection().AddTracking(name => name == "ITRA_HOME" ? there.Home : null).BuildServiceProvider())
        {
            var provenance = new Provenance(null, false, command, "/home/me", "me", "host", "Linux", "1.0.0", ".NET 10", new Dictionary<string, string>(), "cpu", 2, 2)
            {
                Environment = ResultVariables.Of(new Hashtable { ["TORCH_HOME"] = $"https://me:{Password}@hub/{Secret}", ["ITRA_S3_SECRET_KEY"] = Secret }, redaction),
            };
            await services.GetRequiredService<IRunJournal>().RecordAsync(
                "run-secret", new RegisterRun("run-secret", new RunSpec("clip", "e", "n", 1, new Dictionary<string, string>()), provenance) { At = DateTimeOffset.UnixEpoch }, TestContext.Current.CancellationToken);
        }
        foreach (var format in Formats)
        {
            var file = Path.Combine(there.Home, format);
            Assert.Equal(ExitCode.Done, there.Run("export", "run-secret", "--format", format, "--to", file).ExitCode);
            var text = format == "ro-crate" ? Unpacked(file) : File.ReadAllText(file);
            Assert.True(text.Length > 20, text);
            foreach (var secret in new[] { Secret, Password, "sesame" }) Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
            if (format is "jsonl" or "ro-crate") Assert.Contains("https://me:***@hub", text, StringComparison.Ordinal);
        }
    }

    private static string Unpacked(string file)
    {
        using var zip = ZipFile.OpenRead(file);
        var text = new StringBuilder();
        foreach (var entry in zip.Entries)
        {
            using var reader = new StreamReader(entry.Open());
            text.Append(reader.ReadToEnd());
        }
        return text.ToString();
    }
}
