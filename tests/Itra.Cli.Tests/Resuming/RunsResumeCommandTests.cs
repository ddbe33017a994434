using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Itra.Domain.Runs;

namespace Itra.Cli.Tests.Resuming;

/// <summary>Going on with a recorded run, and what is in the way of it.</summary>
public sealed partial class RunsResumeCommandTests : IAsyncDisposable
{
    // Not SIGINT: whoever is started in the background of a script ignores it, and hands that on.
    private const int SigTerm = 15;
    private readonly SmallWorld world = new();

    public ValueTask DisposeAsync() => world.DisposeAsync();

    [Fact]
    public async Task A_killed_run_goes_on_in_its_stream_and_folder_once_nothing_is_in_the_way()
    {
        var id = (await world.KilledAsync("epoch 3 done", world.Train(4))).Id;
        Refuses("itra runs branch one", "train", "--resume", "one", "--lr", "1");
        Refuses("no checkpoint at the end of epoch 9; it has epoch:1", "runs", "resume", "one", "--from", "epoch:9");
        Refuses("last, best, epoch:N or step:N", "runs", "resume", "one", "--from", "soon");
        Refuses("there is no run 'two'", "train", "--resume", "two");
        Refuses("--resume two.pt: there is no such file", [.. world.Train(1), "--resume", "two.pt"]);
        var told = (await world.EventsAsync(id)).Count;
        var last = (await world.EventsAsync(id)).OfType<CheckpointSaved>().Last();

        var captions = File.ReadAllText(world.Annotations);
        File.WriteAllText(world.Annotations, Regex.Replace(captions, "\"caption\":\\s*\"", "$0truly "));
        var changed = world.Itra.Run("runs", "resume", id);
        Assert.Equal(ExitCode.Failed, changed.ExitCode);
        Assert.Matches("the train data of run-[a-z0-9]+ have changed: they had the digest [0-9a-f]{64}, and now have [0-9a-f]{64}", changed.Error);
        File.WriteAllText(world.Annotations, captions);

        var resumed = world.Itra.Run("train", "--resume", "one", "--json");
        Assert.Equal(ExitCode.Done, resumed.ExitCode);
        var answer = JsonDocument.Parse(resumed.Output).RootElement;
        Assert.Equal((id, "one", "completed"), (answer.GetProperty("run_id").GetString(), answer.GetProperty("name").GetString(), answer.GetProperty("status").GetString()));
        Assert.Contains("epoch 4 done", resumed.Error, StringComparison.Ordinal);
        var events = await world.EventsAsync(id);
        Assert.Equal(["RunResumed", "RunFailed", "RunResumed"], events.Skip(told).Take(3).Select(e => e.GetType().Name));
        Assert.Equal([1, 2, 3, 4], events.OfType<EpochCompleted>().Select(e => e.Epoch).Distinct());
        Assert.All(events.OfType<RunResumed>(), r => Assert.Equal((last.Artifact.Sha256, last.Epoch, last.Updates), (r.CheckpointSha256, r.Epoch, r.Updates)));
        Assert.Equal([1, 2, 3, 4], (await world.RunAsync("one")).Recalls.Select(r => r.Epoch));
        Assert.Equal(Enumerable.Range(0, 24).Select(s => (long)s), (await world.Curves.ReadAsync(id, "training/loss-align", TestContext.Current.CancellationToken)).Steps);
        Assert.Contains($"goes on from step {last.Updates}", File.ReadAllText(Path.Combine(world.Itra.Home, "logs", "one", "out.log")), StringComparison.Ordinal);
        Assert.Equal(2, world.Itra.Run("runs", "show", "one").Output.Split('\n').Count(l => l.StartsWith("resumed\t", StringComparison.Ordinal)));
        Refuses("is completed: there is nothing left to resume", "runs", "resume", "one");
    }

    [Fact]
    public async Task Of_two_processes_that_resume_a_run_one_goes_on_and_the_other_is_told_where()
    {
        var id = (await world.KilledAsync("epoch 3 done", world.Train(1000, "--retrieval-frequency", "0"))).Id;
        using var first = world.Start("runs", "resume", id);
        using var second = world.Start("runs", "resume", id);
        await Task.WhenAny(first.WaitForExitAsync(TestContext.Current.CancellationToken), second.WaitForExitAsync(TestContext.Current.CancellationToken));
        var (refused, going) = first.HasExited ? (first, second) : (second, first);
        var refusal = ItraProgram.End(refused);
        Assert.Equal(ExitCode.WrongInput, refusal.ExitCode);
        Assert.Contains($"is being run by process {going.Id} on {Environment.MachineName}", refusal.Error, StringComparison.Ordinal);
        Assert.Equal((RunStatus.Running, 1, going.Id), ((await world.RunAsync(id)).Status, (await world.RunAsync(id)).Resumptions, (await world.RunAsync(id)).ProcessId));

        while (await going.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.Contains("checkpoint", StringComparison.Ordinal))
        {
        }
        Assert.Equal(0, SendSignal(going.Id, SigTerm));
        var stopped = ItraProgram.End(going);
        Assert.Equal(ExitCode.Cancelled, stopped.ExitCode);
        Assert.Matches($"`itra runs resume {id}` goes on from step [0-9]+", stopped.Output);

        Directory.Delete(Path.Combine(world.Itra.Home, "artifacts"), recursive: true);
        var told = (await world.EventsAsync(id)).Count;
        Refuses("it was deleted, or the store is not the one it was written to", "runs", "resume", id);
        Assert.Equal(told, (await world.EventsAsync(id)).Count);
    }

    private void Refuses(string because, params string[] words)
    {
        var outcome = world.Itra.Run(words);
        Assert.Equal(ExitCode.WrongInput, outcome.ExitCode);
        Assert.Contains(because, Assert.Single(outcome.Error.Trim().Split('\n'), l => !l.Contains("recorded as failed", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
