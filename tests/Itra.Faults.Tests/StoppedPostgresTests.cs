using System.Diagnostics;
using Itra.Tracking.Postgres;

namespace Itra.Faults.Tests;

/// <summary>The server of the events stops, is killed, comes back, in the middle of a training.</summary>
public sealed class StoppedPostgresTests(ReliabilityTable table)
{
    [Theory]
    [InlineData("fast")]
    [InlineData("immediate")]
    public async Task A_private_server_that_was_stopped_is_started_again_and_has_everything(string mode)
    {
        await using var machine = new Machine();
        using var training = await machine.TrainAsync("one", async t =>
        {
            PgCtl(machine.Cluster, "stop", "-m", mode);
            await t.EpochsAsync(2);
        });
        table.Add($"the private PostgreSQL stopped (`pg_ctl -m {mode}`) while a run writes", 1, await Evidence.TakeAsync(machine, "one", [training]), "nothing: it was started again at once");
    }

    [Fact]
    public async Task A_private_server_that_is_killed_again_and_again_is_started_again_and_has_everything()
    {
        const int kills = 4;
        await using var machine = new Machine();
        using var training = await machine.TrainAsync("one", async t =>
        {
            for (var i = 0; i < kills; i++)
            {
                await WaitForServerAsync(machine.Cluster);
                using var server = Process.GetProcessById(Pid(machine.Cluster));
                server.Kill();
                await t.EpochsAsync(1);
            }
            await WaitForServerAsync(machine.Cluster);
        });
        table.Add("the private PostgreSQL killed with -9 while a run writes", kills, await Evidence.TakeAsync(machine, "one", [training]), training.Outage(machine, "nothing: it was started again at once"));
    }

    [Fact]
    public async Task A_server_that_is_down_for_a_while_costs_a_training_neither_steps_nor_events()
    {
        await using var server = await RemoteServer.StartAsync();
        await using var machine = server.NewMachine();
        var (down, up) = (TimeSpan.Zero, TimeSpan.Zero);
        using var training = await machine.TrainAsync("one", async t =>
        {
            down = t.Elapsed;
            server.Stop();
            await t.EpochsAsync(1);
            await t.SeeAsync("not in the store yet");
            await t.EpochsAsync(3);
            up = t.Elapsed;
            await server.GoOnAsync();
            await t.SeeAsync("the store takes events again; none was lost");
        });
        Assert.InRange(training.Epochs.Count(e => e.At > down && e.At < up), 3, int.MaxValue);
        table.Add("PostgreSQL on a server down for several seconds", 1, await Evidence.TakeAsync(machine, "one", [training]), $"{training.Outage(machine)} ({training.MustKeepItsPace(down, up)})");
    }

    [Fact]
    public async Task A_server_that_is_restarted_again_and_again_has_everything()
    {
        const int restarts = 5;
        await using var server = await RemoteServer.StartAsync();
        await using var machine = server.NewMachine();
        using var training = await machine.TrainAsync("one", async t =>
        {
            for (var i = 0; i < restarts; i++)
            {
                server.Stop();
                await server.GoOnAsync();
                await t.EpochsAsync(1);
            }
        });
        table.Add("PostgreSQL on a server restarted again and again", restarts, await Evidence.TakeAsync(machine, "one", [training]), training.Outage(machine));
    }

    [Fact]
    public async Task A_training_that_ends_while_the_server_is_down_says_where_its_events_wait_and_sync_ships_them()
    {
        await using var server = await RemoteServer.StartAsync();
        await using var machine = server.NewMachine();
        using var training = machine.Start(machine.Train("one"));
        await training.EpochsAsync(2);
        server.Stop();
        await training.EpochsAsync(1);
        Assert.Equal(ExitCodes.Cancelled, await training.EndAsync());
        var told = await training.SeeAsync("events are not in the store yet");
        Assert.Contains("`itra sync` ships them", told, StringComparison.Ordinal);
        await server.GoOnAsync();
        table.Add("PostgreSQL down when a run ends", 1, await Evidence.TakeAsync(machine, "one", [training]), machine.Anonymous(told));
    }

    private static void PgCtl(EmbeddedCluster cluster, params string[] words) =>
        ServerAccount.ForServer().Run(PostgresBinaries.Find(Environment.GetEnvironmentVariable)["pg_ctl"], ["-D", cluster.Folder!.Data, "-s", "-w", .. words]);

    private static int Pid(EmbeddedCluster cluster) => int.Parse(File.ReadLines(cluster.Folder!.PidFile).First());

    private static async Task WaitForServerAsync(EmbeddedCluster cluster)
    {
        for (var since = Stopwatch.StartNew(); await cluster.StateAsync(CancellationToken.None) != ClusterState.Running; await Task.Delay(100))
            Assert.True(since.Elapsed < TimeSpan.FromSeconds(60), "the private server was not started again");
    }
}
