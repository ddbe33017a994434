using System.Text.Json;
using Itra.Domain.Artifacts;
using Itra.Domain.Runs;
using Itra.Domain.Training;
using Itra.Tracking;
using Itra.Tracking.Runs;
using Microsoft.Extensions.DependencyInjection;

namespace Itra.Cli.Tests.Security;

/// <summary>Names that were chosen to do harm: refused where they are given, and harmless where they were recorded by somebody else.</summary>
public sealed class OddNamesTests : IDisposable
{
    private const string Id = "run-0oddnames0";

    // Sets a terminal's title, breaks the line, begins a column, turns the direction of writing, and is longer than any file name.
    private static readonly string Odd = "\u001b]0;owned\u0007../../two\nlines\tand \u202egpj.exe\u009b31m" + new string('x', 300);

    private readonly ItraProgram itra = new(), other = new();

    public void Dispose()
    {
        foreach (var program in new[] { itra, other })
        {
            program.Run("down");
            program.Dispose();
        }
    }

    [Theory]
    [InlineData("--name", "two\nlines", @"two\u000alines")]
    [InlineData("--name", "\u001b[31mred", @"\u001b[31mred")]
    [InlineData("--name", "abc\u202egpj", @"abc\u202egpj")]
    [InlineData("--name", "../outside", "leads out of --logs")]
    [InlineData("--name", "a/../../outside", "leads out of --logs")]
    [InlineData("--name", "/outside", "leads out of --logs")]
    [InlineData("--experiment", "two\nlines", @"two\u000alines")]
    [InlineData("--logs", "logs/\u001b[31m", @"\u001b[31m")]
    public void A_name_that_is_more_than_one_sees_of_it_is_refused_in_one_line(string flag, string name, string told)
    {
        var refused = itra.Run("train", "--train-data", "none.csv", "--image-model", "RN50", "--text-model", "RN50", flag, name);
        Assert.Equal(ExitCode.WrongInput, refused.ExitCode);
        Assert.Contains(told, refused.Error, StringComparison.Ordinal);
        MustBePlain(refused);
        Assert.Single(refused.Error.TrimEnd('\n').Split('\n'));
        Assert.Empty(Directory.GetFileSystemEntries(itra.Home));
    }

    [Fact]
    public void A_settings_file_can_give_no_name_that_the_command_line_cannot()
    {
        var file = Path.Combine(itra.Home, "odd.yaml");
        foreach (var name in new[] { "a\\0b", "..", "a\\nb" })
        {
            File.WriteAllText(file, $"train-data: none.csv\nimage-model: RN50\ntext-model: RN50\nname: \"{name}\"\n");
            var refused = itra.Run("train", "--config-yaml", file);
            Assert.True(refused.ExitCode == ExitCode.WrongInput, refused.Error);
            MustBePlain(refused);
        }
        Assert.Equal([file], Directory.GetFileSystemEntries(itra.Home));
    }

    [Fact]
    public void A_name_that_no_file_system_takes_is_refused_in_one_line()
    {
        File.WriteAllText(Path.Combine(itra.Home, "a.csv"), "filepath\ttitle\nx.jpg\tcat\n");
        var refused = itra.Run("train", "--train-data", "a.csv", "--name", new string('x', 300), "--image-model", "RN50", "--text-model", "RN50");
        Assert.Equal(ExitCode.WrongInput, refused.ExitCode);
        Assert.Contains("cannot be made", refused.Error, StringComparison.Ordinal);
        Assert.Single(refused.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task What_others_recorded_under_such_names_is_shown_and_written_without_harm()
    {
        await RecordAsync();
        var folder = Directory.CreateDirectory(Path.Combine(itra.Home, "here")).FullName;
        itra.Folder = folder;
        foreach (var format in new[] { "jsonl", "csv", "prov", "ro-crate" })
        {
            var exported = itra.Run("export", Id, "--format", format, "--with-blobs");
            if (format is "csv" or "prov") exported = itra.Run("export", Id, "--format", format);
            Assert.True(exported.ExitCode == ExitCode.Done, exported.Error);
            MustBePlain(exported);
        }
        var files = Directory.GetFileSystemEntries(folder).Select(f => Path.GetFileName(f)!).ToList();
        Assert.Equal(4, files.Count);
        Assert.All(files, f => Assert.Matches("^[A-Za-z0-9_.=-]{1,200}$", f));
        Assert.Equal(["here"], Directory.GetDirectories(itra.Home).Select(d => Path.GetFileName(d)!).Except(["postgres", "artifacts", "pending", "wal"]));

        var imported = other.Run("import", Path.Combine(folder, files.Single(f => f.EndsWith(".zip", StringComparison.Ordinal) && !f.Contains("crate", StringComparison.Ordinal))));
        Assert.True(imported.ExitCode == ExitCode.Done, imported.Error);
        MustBePlain(imported);
        string[][] commands =
        [
            ["runs", "ls"], ["runs", "show", Id], ["events", Id], ["audit", "log", "--all"], ["audit", "verify", "--all"], ["audit", "explain", Id], ["leaderboard"], ["checkpoints", "ls"],
            ["reproduce", Id, "--plan"], ["compare", Id, Id], ["runs", "resume", Id], ["gc", "--keep", "best:1", "--dry-run"],
        ];
        foreach (var words in commands) MustBePlain(other.Run(words));
        Assert.Equal(2, other.Run("runs", "ls").Output.TrimEnd('\n').Split('\n').Length);
        using var json = JsonDocument.Parse(other.Run("runs", "ls", "--json").Output);
        Assert.Equal(Odd, json.RootElement[0].GetProperty("name").GetString());
        Assert.Empty(Directory.GetFiles(other.Home, "*two*", SearchOption.AllDirectories));
    }

    private static void MustBePlain(ItraProgram.Outcome told)
    {
        foreach (var text in new[] { told.Output, told.Error })
            Assert.DoesNotContain(text, c => (char.IsControl(c) && c is not ('\n' or '\t')) || c is >= '\u202A' and <= '\u202E');
    }

    private async Task RecordAsync()
    {
        await using var services = new ServiceCollection().AddTracking(name => name == "ITRA_HOME" ? itra.Home : null).BuildServiceProvider();
        var (journal, store) = (services.GetRequiredService<MartenRunJournal>(), services.GetRequiredService<IArtifactStore>());
        var at = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        var file = await store.PutAsync(new MemoryStream([1, 2, 3]), CancellationToken.None);
        RunCommand[] commands =
        [
            new RegisterRun(Id, new RunSpec("clip", Odd, Odd, 1, new Dictionary<string, string> { ["logs"] = "logs", ["lr"] = Odd }), Provenance),
            new StartRun(Odd, 1, at), new RecordInput("vocabulary", "/x/" + Odd, file, true), new RecordDataset("train", new DatasetFingerprint(Odd, 80, 400, 12345, new string('a', 64))),
            new CompleteEpoch(1, 10, 1, 1e-5, 80, 1), new SaveCheckpoint(1, 10, "/x/..") { Stored = file, Updates = 10 }, new FailRun(Odd, Odd),
        ];
        foreach (var command in commands) await journal.RecordAsync(Id, command with { At = at = at.AddSeconds(1) }, CancellationToken.None);
    }

    private static readonly Provenance Provenance = new(null, false, ["itra", "train", Odd], Odd, Odd, Odd, Odd, "1.0.0", ".NET 10", new Dictionary<string, string>(), "cpu", 2, 2);
}
