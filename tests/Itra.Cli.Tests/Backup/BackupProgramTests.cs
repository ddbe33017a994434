using System.Diagnostics;
using System.Text.Json;
using Itra.Cli.Tests.Resuming;

namespace Itra.Cli.Tests.Backup;

/// <summary>A store is kept and comes back, with the real program and real trainings.</summary>
public sealed class BackupProgramTests : IAsyncDisposable
{
    private readonly SmallWorld world = new();
    private readonly ItraProgram other = new();

    public async ValueTask DisposeAsync()
    {
        await world.DisposeAsync();
        other.Run("down");
        other.Dispose();
    }

    [Fact]
    public async Task A_store_that_a_training_writes_to_comes_back_elsewhere_with_all_that_was_recorded_by_then()
    {
        Assert.Equal(0, world.Itra.Run(world.Train(2)).ExitCode);
        Assert.Equal(0, world.Itra.Run([.. world.Train(1), "--offline", "--name", "away"]).ExitCode);
        var models = Directory.CreateDirectory(Path.Combine(world.Itra.Home, "models")).FullName;
        await File.WriteAllTextAsync(Path.Combine(models, "weights.bin"), "weights", TestContext.Current.CancellationToken);
        using var training = world.Start([.. world.Train(1000), "--name", "going"]);
        await SeeAsync(training, "epoch 3 done");
        var rest = training.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        var target = Path.Combine(other.Home, "backup");
        var first = world.Itra.Run("backup", target, "--json");
        Assert.True(first.ExitCode == 0, first.Error);
        var second = world.Itra.Run("backup", target, "--with-models", "--json");
        Assert.False(training.HasExited);
        training.Kill();
        await rest;
        Assert.InRange(Row(second).GetProperty("new_files").GetInt32(), 1, Row(first).GetProperty("new_files").GetInt32() - 1);
        Assert.InRange(Row(second).GetProperty("events").GetInt64(), Row(first).GetProperty("events").GetInt64(), long.MaxValue);

        var home = Path.Combine(other.Home, "home");
        var restored = Restored(home, "restore", target);
        Assert.True(restored.ExitCode == 0, restored.Output + restored.Error);
        Assert.Contains("everything is as it was recorded", restored.Error, StringComparison.Ordinal);
        Assert.Equal("weights", await File.ReadAllTextAsync(Path.Combine(home, "models", "weights.bin"), TestContext.Current.CancellationToken));
        // Looking ships the log of the run that was offline: it travelled with the backup.
        var there = Restored(home, "runs", "ls", "--json");
        Assert.True(there.ExitCode == 0, there.Error);
        Assert.Equal(["away", "going", "one"], Names(there));
        Assert.Equal(world.Itra.Run("runs", "show", "one", "--json").Output, Restored(home, "runs", "show", "one", "--json").Output);
        Assert.Equal(Names(world.Itra.Run("runs", "ls", "--json")), Names(there));
        Assert.Equal(Scores(world.Itra.Run("leaderboard", "--json"), "one"), Scores(Restored(home, "leaderboard", "--json"), "one"));
        var audit = Restored(home, "audit", "verify", "--all");
        Assert.True(audit.ExitCode == 0, audit.Output + audit.Error);
        var again = Restored(home, "restore", target);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("there is a store in", again.Error, StringComparison.Ordinal);
        Restored(home, "down");
    }

    [Fact]
    public async Task A_restore_that_is_killed_at_any_moment_is_half_a_store_to_everybody_until_it_is_run_again()
    {
        Assert.Equal(0, world.Itra.Run(world.Train(2)).ExitCode);
        var target = Path.Combine(other.Home, "backup");
        Assert.Equal(0, world.Itra.Run("backup", target).ExitCode);
        var (moments, kills, unfinished) = (new Random(21), 0, 0);
        for (var i = 0; i < 5; i++)
        {
            var home = Path.Combine(other.Home, $"home{i}");
            using var process = other.Start(new Dictionary<string, string> { ["ITRA_HOME"] = home }, "restore", target);
            // From when its folder is there on, up to when it reads everything again.
            for (var waited = Stopwatch.StartNew(); !Directory.Exists(home) && waited.Elapsed < TimeSpan.FromSeconds(20);) await Task.Delay(10, TestContext.Current.CancellationToken);
            await Task.Delay(moments.Next(4000), TestContext.Current.CancellationToken);
            if (!process.HasExited) kills++;
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            if (File.Exists(Path.Combine(home, "restore.unfinished")))
            {
                unfinished++;
                foreach (var words in (string[][])[["runs", "ls"], ["audit", "verify"], ["backup", Path.Combine(other.Home, "of-half")], ["up"], world.Train(1)])
                {
                    var refused = Restored(home, words);
                    Assert.Equal(ExitCode.WrongInput, refused.ExitCode);
                    Assert.Contains($"is half restored: finish it with 'itra restore {target}'", refused.Error, StringComparison.Ordinal);
                }
                Assert.Contains("is half restored", Restored(home, "doctor").Output, StringComparison.Ordinal);
                var finished = Restored(home, "restore", target);
                Assert.True(finished.ExitCode == 0, finished.Output + finished.Error);
            }
            var audit = Restored(home, "audit", "verify", "--all");
            Assert.True(audit.ExitCode == 0, audit.Output + audit.Error);
            Assert.Equal(["one"], Names(Restored(home, "runs", "ls", "--json")));
            Restored(home, "down");
        }
        Assert.NotEqual(0, kills);
        Assert.NotEqual(0, unfinished);
    }

    private ItraProgram.Outcome Restored(string home, params string[] words) => other.RunWith(new Dictionary<string, string> { ["ITRA_HOME"] = home }, words);

    private static async Task SeeAsync(Process process, string text)
    {
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            if (line.Contains(text, StringComparison.Ordinal)) return;
        Assert.Fail($"it ended without '{text}'");
    }

    private static JsonElement Row(ItraProgram.Outcome answer)
    {
        using var parsed = JsonDocument.Parse(answer.Output);
        return parsed.RootElement.ValueKind == JsonValueKind.Array ? parsed.RootElement[0].Clone() : parsed.RootElement.Clone();
    }

    private static List<string> Names(ItraProgram.Outcome answer)
    {
        using var parsed = JsonDocument.Parse(answer.Output);
        return [.. parsed.RootElement.EnumerateArray().Select(r => r.GetProperty("name").GetString()!).Order(StringComparer.Ordinal)];
    }

    private static string Scores(ItraProgram.Outcome answer, string name)
    {
        Assert.Equal(0, answer.ExitCode);
        using var parsed = JsonDocument.Parse(answer.Output);
        return Assert.Single(parsed.RootElement.EnumerateArray(), r => r.GetProperty("name").GetString() == name).GetRawText();
    }
}
