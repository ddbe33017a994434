using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Itra.Cli.Tests.Resuming;
using Itra.Domain.Runs;
using Itra.Tracking.Reading;
using Itra.Tracking.Runs;

namespace Itra.Cli.Tests.Distributed;

/// <summary>The real program twice, as a launcher starts it on two nodes, over loopback.</summary>
public sealed class TwoProcessTests : IAsyncDisposable
{
    private static readonly TimeSpan Seconds = TimeSpan.FromSeconds(30);
    private static int ports;
    private readonly SmallWorld world = new();
    private readonly int port = FreePort();

    // Not Adam, which makes steps of rounding noise where there is no gradient.
    private string[] Words => world.Train(2, "--opt", "sgd");

    [Fact]
    public async Task A_run_of_two_processes_is_that_of_one_with_two_devices_and_is_recorded_once()
    {
        world.Enter("together");
        using var leader = Start(0, Words);
        using var follower = Start(1, [.. Words, "--log-local"]);
        var (led, followed) = (EndBoth(leader, follower));
        Assert.True(led.ExitCode == 0 && followed.ExitCode == 0, $"{led}\n{followed}");
        Assert.Contains("process 1 of 2 follows process 0", followed.Error, StringComparison.Ordinal);
        Assert.Equal("", followed.Output);
        var local = File.ReadAllText(Path.Combine(world.Itra.Folder!, "logs", "one", "out-1.log"));
        Assert.Contains("| WARNING | [itra]: process 1 of 2 follows process 0", local, StringComparison.Ordinal);
        // It has recorded nothing, and needs no store.
        Assert.False(Directory.Exists(Path.Combine(FollowerHome, "pg")) || Directory.Exists(Path.Combine(FollowerHome, "wal")));
        var together = Assert.Single(await RunsAsync());

        world.Enter("alone");
        Assert.Equal(0, world.Itra.Run([.. Words, "--nproc_per_node", "2"]).ExitCode);
        var alone = (await RunsAsync()).Single(r => r.Id != together.Id);
        await AssertNearAsync(alone.Id, together.Id, "training/loss-align", steps: 6);
        await AssertNearAsync(alone.Id, together.Id, "training/gradient-norm", steps: 6);
        var config = (await world.EventsAsync(together.Id)).OfType<RunRegistered>().Single();
        Assert.Equal(("2", "1", "launcher"), (config.Spec.Config["nnodes"], config.Spec.Config["nproc_per_node"], config.Provenance.Origins!["nnodes"]));
        Assert.Equal([.. Enumerable.Repeat(16, 1)], (await world.EventsAsync(together.Id)).OfType<TrainingPlanned>().Select(p => p.BatchSize));
    }

    [Fact]
    public async Task A_process_that_is_killed_ends_the_run_of_the_first_as_failed_and_it_goes_on_when_both_resume()
    {
        await KillAsync(process: 1);
        var run = Assert.Single(await RunsAsync());
        Assert.Equal(RunStatus.Failed, run.Status);
        Assert.Contains("process 1 on", (await world.EventsAsync(run.Id)).OfType<RunFailed>().Single().Reason, StringComparison.Ordinal);

        using var again = Start(0, "runs", "resume", run.Id);
        using var behind = Start(1, "runs", "resume", run.Id);
        await CheckpointAsync(again);
        Process.Start("kill", ["-TERM", $"{behind.Id}"]).WaitForExit();
        var (stopped, stoppedToo) = EndBoth(again, behind);
        Assert.True((stopped.ExitCode, stoppedToo.ExitCode) == (ExitCode.Cancelled, ExitCode.Cancelled), $"{stopped}\n{stoppedToo}");
        Assert.Equal(RunStatus.Cancelled, Assert.Single(await RunsAsync()).Status);
    }

    [Fact]
    public async Task A_first_process_that_is_killed_ends_the_others() => await KillAsync(process: 0);

    /// <summary>Kills one of two that train: the other has to end soon, and to say which one is missing.</summary>
    private async Task KillAsync(int process)
    {
        world.Enter("killed");
        var (leader, follower) = await StartBothAsync();
        using var first = leader;
        using var second = follower;
        var (killed, other) = process == 0 ? (leader, follower) : (follower, leader);
        var since = Stopwatch.GetTimestamp();
        killed.Kill();
        var ended = ItraProgram.End(other);
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, Seconds);
        ItraProgram.End(killed);
        Assert.Equal(ExitCode.Failed, ended.ExitCode);
        Assert.Contains($"process {process} on", ended.Error, StringComparison.Ordinal);
    }

    /// <summary>Two that train for long, and have saved a checkpoint.</summary>
    private async Task<(Process Leader, Process Follower)> StartBothAsync()
    {
        string[] words = world.Train(2000, "--opt", "sgd", "--checkpoint-every", "2-steps", "--retrieval-frequency", "0");
        var (leader, follower) = (Start(0, words), Start(1, words));
        await CheckpointAsync(leader);
        return (leader, follower);
    }

    private static async Task CheckpointAsync(Process leader)
    {
        while (await leader.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line && !line.Contains("checkpoint epoch_", StringComparison.Ordinal))
        {
        }
    }

    [Fact]
    public async Task Other_settings_are_refused_on_both_sides_and_nothing_is_recorded()
    {
        world.Enter("refused");
        using var leader = Start(0, Words);
        using var follower = Start(1, [.. Words, "--seed", "5"]);
        var (led, followed) = EndBoth(leader, follower);
        Assert.Equal((ExitCode.WrongInput, ExitCode.WrongInput), (led.ExitCode, followed.ExitCode));
        Assert.Contains("was started with seed '5', process 0 with '0'", led.Error, StringComparison.Ordinal);
        Assert.Contains("was started with seed '5', process 0 with '0'", followed.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(world.Itra.Folder!, "logs", "one")));
        Assert.Empty(await RunsAsync());
    }

    [Fact]
    public void What_one_process_can_do_is_not_done_by_several()
    {
        var refused = world.Itra.RunWith(Variables(0), "demo");
        Assert.Equal(ExitCode.WrongInput, refused.ExitCode);
        Assert.Contains("a launcher has started 2 processes of this command", refused.Error, StringComparison.Ordinal);
        Assert.Contains("no launcher has started other processes", world.Itra.Run([.. Words, "--nnodes", "2"]).Error, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => world.DisposeAsync();

    private string FollowerHome => Path.Combine(world.Itra.Home, "follower");

    private Dictionary<string, string> Variables(int rank) => new()
    {
        ["RANK"] = $"{rank}", ["WORLD_SIZE"] = "2", ["MASTER_ADDR"] = "127.0.0.1", ["MASTER_PORT"] = $"{port}", ["ITRA_HOME"] = rank == 0 ? world.Itra.Home : FollowerHome,
    };

    private Process Start(int rank, params string[] words) => world.Itra.Start(Variables(rank), words);

    private static (ItraProgram.Outcome Leader, ItraProgram.Outcome Follower) EndBoth(Process leader, Process follower)
    {
        var followed = Task.Run(() => ItraProgram.End(follower));
        return (ItraProgram.End(leader), followed.Result);
    }

    private async Task<IReadOnlyList<RunSummary>> RunsAsync()
    {
        // Looking ships what a process has left in its log.
        world.Itra.Run("runs", "ls");
        return await world.Runs.ListRunsAsync(new RunFilter(), TestContext.Current.CancellationToken);
    }

    private async Task AssertNearAsync(string expected, string actual, string metric, int steps)
    {
        var (one, other) = (await world.Curves.ReadAsync(expected, metric, TestContext.Current.CancellationToken), await world.Curves.ReadAsync(actual, metric, TestContext.Current.CancellationToken));
        Assert.Equal(steps, one.Values.Count);
        Assert.Equal(one.Steps, other.Steps);
        Assert.All(one.Values.Zip(other.Values), v => Assert.Equal(v.First, v.Second, 1e-4 * v.First));
    }

    private static int FreePort()
    {
        while (true)
        {
            // None that the system gives to somebody else by itself.
            var port = 12_000 + (Environment.ProcessId * 37 + Interlocked.Increment(ref ports)) % 3_000;
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: the next one may not be.
            }
        }
    }
}
