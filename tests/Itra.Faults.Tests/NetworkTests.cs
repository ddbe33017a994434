namespace Itra.Faults.Tests;

/// <summary>The way to the server of the events is slow, breaks, goes dark, or loses an answer.</summary>
public sealed class NetworkTests(ReliabilityTable table)
{
    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_stored_once()
    {
        const int lost = 5;
        await using var server = await RemoteServer.StartAsync();
        await using var machine = server.NewMachine();
        using var training = await machine.TrainAsync("one", async t =>
        {
            server.Network.LoseCommits(lost);
            for (var i = 0; server.Network.CommitsLost < lost; i++)
            {
                Assert.True(i < 60, "no answers were lost");
                await t.EpochsAsync(1);
            }
        });
        Assert.Equal(lost, server.Network.CommitsLost);
        table.Add("the connection broken between COMMIT and its answer", lost, await Evidence.TakeAsync(machine, "one", [training]), "nothing: the store was asked what it has, and each event is there once");
    }

    [Fact]
    public async Task Connections_that_break_again_and_again_lose_and_repeat_nothing()
    {
        const int breaks = 20;
        var random = new Random(5);
        await using var server = await RemoteServer.StartAsync();
        await using var machine = server.NewMachine();
        using var training = await machine.TrainAsync("one", async t =>
        {
            for (var i = 0; i < breaks; i++)
            {
                server.Network.Drop();
                await Task.Delay(random.Next(20, 700));
            }
        });
        table.Add("every connection to PostgreSQL broken, at random moments", breaks, await Evidence.TakeAsync(machine, "one", [training]), "nothing: the store was never behind for long");
    }

    [Fact]
    public async Task Connections_that_break_in_the_middle_of_a_message_lose_and_repeat_nothing()
    {
        int[] places = [100, 900, 2500, 5000, 9000, 14000];
        await using var server = await RemoteServer.StartAsync();
        await using var machine = server.NewMachine();
        using var training = await machine.TrainAsync("one", async t =>
        {
            foreach (var place in places)
            {
                server.Network.Set(new Weather { Cut = (place, null) });
                server.Network.Drop();
                await t.EpochsAsync(1);
                server.Network.Set(new Weather { Cut = (null, place) });
                server.Network.Drop();
                await t.EpochsAsync(1);
            }
            server.Network.Set(Weather.Fine);
        });
        table.Add("connections to PostgreSQL cut after some bytes, up or down", 2 * places.Length, await Evidence.TakeAsync(machine, "one", [training]), training.Outage(machine));
    }

    [Fact]
    public async Task A_slow_network_holds_up_the_store_and_not_the_training()
    {
        await using var server = await RemoteServer.StartAsync();
        await using var machine = server.NewMachine();
        var (slow, fine) = (TimeSpan.Zero, TimeSpan.Zero);
        using var training = await machine.TrainAsync("one", async t =>
        {
            slow = t.Elapsed;
            server.Network.Set(new Weather { Delay = TimeSpan.FromMilliseconds(150), BytesPerSecond = 50_000 });
            await t.EpochsAsync(8);
            fine = t.Elapsed;
            server.Network.Set(Weather.Fine);
        });
        table.Add("a network of 150 ms and 50 kB/s to PostgreSQL", 1, await Evidence.TakeAsync(machine, "one", [training]), $"nothing; {training.MustKeepItsPace(slow, fine)}");
    }

    [Fact]
    public async Task A_network_that_goes_dark_is_noticed_and_the_training_goes_on()
    {
        await using var server = await RemoteServer.StartAsync();
        await using var machine = server.NewMachine();
        using var training = await machine.TrainAsync("one", async t =>
        {
            server.Network.Set(new Weather { IsDark = true });
            // Long before any time limit has passed.
            Assert.Contains("is silent", await t.SeeAsync("not in the store yet", Outages.SoonTold), StringComparison.Ordinal);
            await t.EpochsAsync(3);
            server.Network.Set(Weather.Fine);
            await t.SeeAsync("the store takes events again; none was lost");
        });
        table.Add("a network to PostgreSQL that swallows everything", 1, await Evidence.TakeAsync(machine, "one", [training]), training.Outage(machine));
    }
}
