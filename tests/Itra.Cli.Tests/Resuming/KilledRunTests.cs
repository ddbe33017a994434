using System.Diagnostics;
using Itra.Domain.Runs;
using Itra.Tracking.Reading;

namespace Itra.Cli.Tests.Resuming;

/// <summary>SIGKILL at any moment, again and again: what comes out is what would have come out.</summary>
public sealed class KilledRunTests : IAsyncDisposable
{
    private const int Kills = 20, Epochs = 5;
    private static readonly string[] Curves = ["training/loss-align", "training/learning_rate", "training/gradient-norm", "training/logit_scale"];
    private readonly SmallWorld world = new();
    private readonly Random random = new(4);

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task A_run_that_is_killed_at_20_moments_ends_with_the_bits_of_one_that_never_was()
    {
        string[] words = world.Train(Epochs, "--checkpoint-every", "2-steps", "--model_ema", "--model_ema_decay", "0.9");
        // Starts the store, which no other start has to wait for.
        world.Itra.Run("up");
        var began = Stopwatch.GetTimestamp();
        var untouched = world.Enter("untouched");
        Assert.Equal(0, world.Itra.Run(words).ExitCode);
        var whole = Stopwatch.GetElapsedTime(began);
        var expected = await world.RunAsync("one");

        List<(string Id, string Folder)> ended = [];
        string? id = null;
        for (var kills = 0; kills < Kills || id is not null;)
        {
            if (id is null) world.Enter($"killed-{ended.Count}");
            var folder = world.Itra.Folder!;
            // Killed before it was recorded, it has left nothing but an empty folder.
            if (id is null && Directory.Exists(Path.Combine(folder, "logs"))) Directory.Delete(Path.Combine(folder, "logs"), recursive: true);
            Assert.True(ended.Count <= 3 * Kills, $"{ended.Count} runs have ended, and only {kills} kills met one");
            var started = Stopwatch.GetTimestamp();
            using var process = world.Start(id is null ? words : ["runs", "resume", id]);
            if (kills < Kills) await KillAsync(process, kills, whole, folder);
            var outcome = ItraProgram.End(process);
            // Killed between its last event and its end, it has nothing left to resume: it is compared like the others.
            var wasComplete = outcome.ExitCode == ExitCode.WrongInput && id is not null && (await world.Runs.FindRunAsync(id, TestContext.Current.CancellationToken)).Status == RunStatus.Completed;
            if (outcome.ExitCode != 0 && !wasComplete)
            {
                Assert.True(outcome.ExitCode == 137, $"{outcome.Output}\n{outcome.Error}");
                kills++;
                // Looking ships what the process has left in its log.
                if (id is null) world.Itra.Run("runs", "ls");
                id ??= (await world.Runs.ListRunsAsync(new RunFilter(), TestContext.Current.CancellationToken)).FirstOrDefault(r => r.Id != expected.Id && ended.TrueForAll(e => e.Id != r.Id))?.Id;
                continue;
            }
            // A machine that was busy at first gets faster. Only a run from its start tells: one that went on had less to do.
            if (id is null && Stopwatch.GetElapsedTime(started) is var took && took < whole) whole = took;
            ended.Add((id ?? (await world.Runs.ListRunsAsync(new RunFilter(), TestContext.Current.CancellationToken))[0].Id, folder));
            id = null;
        }

        foreach (var (killed, folder) in ended)
        {
            await AssertEqualAsync(expected.Id, killed);
            Assert.Equal(File.ReadAllText(Path.Combine(untouched, "logs", "one", "results.jsonl")), File.ReadAllText(Path.Combine(folder, "logs", "one", "results.jsonl")));
        }
        TestContext.Current.SendDiagnosticMessage($"{ended.Count} runs; {whole.TotalSeconds:F1} s untouched, {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s in all");
    }

    /// <summary>At a random moment; or while a checkpoint is written; or when its file is there and its blob and event are on their way.</summary>
    private async Task KillAsync(Process process, int number, TimeSpan whole, string folder)
    {
        var delay = random.NextDouble() * 0.8 * whole;
        if (number % 5 < 3)
        {
            await Task.WhenAny(process.WaitForExitAsync(TestContext.Current.CancellationToken), Task.Delay(delay, TestContext.Current.CancellationToken));
            process.Kill();
            return;
        }
        using var watcher = new FileSystemWatcher(folder, number % 5 == 3 ? "*.pt.*.tmp" : "*.pt");
        var left = random.Next(1, 4);
        void Kill(object sender, FileSystemEventArgs e)
        {
            if (Interlocked.Decrement(ref left) == 0) process.Kill();
        }
        watcher.IncludeSubdirectories = true;
        watcher.Created += Kill;
        watcher.Renamed += Kill;
        watcher.EnableRaisingEvents = true;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private async Task AssertEqualAsync(string expected, string actual)
    {
        foreach (var metric in Curves)
        {
            var (one, other) = (await world.Curves.ReadAsync(expected, metric, TestContext.Current.CancellationToken), await world.Curves.ReadAsync(actual, metric, TestContext.Current.CancellationToken));
            Assert.Equal(Enumerable.Range(0, Epochs * 6).Select(s => (long)s), other.Steps);
            Assert.Equal(one.Values, other.Values);
        }
        Assert.True(await world.Curves.VerifyAsync(actual, TestContext.Current.CancellationToken) > 0);

        var (told, retold) = (await world.EventsAsync(expected), await world.EventsAsync(actual));
        Assert.Equal(Facts(told), Facts(retold));
        Assert.IsType<RunCompleted>(retold[^1]);
        Assert.Equal((await world.RunAsync(expected)).Recalls, (await world.RunAsync(actual)).Recalls);
    }

    /// <summary>By epoch, the last that was told of it: its loss, scores, and the digest of weights, average, optimizer and position together.</summary>
    private static SortedDictionary<string, object> Facts(IReadOnlyList<RunEvent> events)
    {
        SortedDictionary<string, object> facts = new(StringComparer.Ordinal);
        foreach (var e in events)
        {
            if (e is EpochCompleted c) facts[$"epoch {c.Epoch}"] = (c.Step, c.Loss, c.LearningRate);
            if (e is RetrievalEvaluated r) facts[$"scores {r.Epoch} {r.Weights}"] = r.Scores;
            if (e is CheckpointSaved s) facts[$"checkpoint {s.Epoch} {s.Updates}"] = (s.FileName, s.Artifact);
        }
        return facts;
    }
}
